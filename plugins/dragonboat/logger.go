package dragonboat

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/lni/dragonboat/v4/logger"
)

// The library has one logger for the whole process, which may be set once. Its lines
// come out where the latest session logs.
var (
	bridgeOnce sync.Once
	bridge     atomic.Pointer[slog.Logger]
)

func bridgeLogs(to *slog.Logger) {
	bridge.Store(to)
	bridgeOnce.Do(func() {
		logger.SetLoggerFactory(func(part string) logger.ILogger { return lines{part} })
	})
}

// lines is the logger of one part of the library.
type lines struct{ part string }

// SetLevel is of no use: the host's logger decides.
func (l lines) SetLevel(logger.LogLevel) {}

// Debugf and Infof are for who debugs: the library tells of every vote and snapshot.
func (l lines) Debugf(format string, args ...any) { l.log(slog.LevelDebug, format, args) }

// Infof is as Debugf.
func (l lines) Infof(format string, args ...any) { l.log(slog.LevelDebug, format, args) }

// Warningf is for the library's usual business, such as a lost vote.
func (l lines) Warningf(format string, args ...any) { l.log(slog.LevelInfo, format, args) }

// Errorf is mostly about peers that are away. What ends this node, the session says.
func (l lines) Errorf(format string, args ...any) { l.log(slog.LevelWarn, format, args) }

// Panicf ends the process, as the library wants it.
func (l lines) Panicf(format string, args ...any) {
	l.log(slog.LevelError, format, args)
	panic(l.part + ": " + fmt.Sprintf(format, args...))
}

func (l lines) log(level slog.Level, format string, args []any) {
	to := bridge.Load()
	if ctx := context.Background(); to != nil && to.Enabled(ctx, level) {
		to.Log(ctx, level, strings.TrimSpace(fmt.Sprintf(format, args...)), "part", l.part)
	}
}
