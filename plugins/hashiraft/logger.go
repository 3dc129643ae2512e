package hashiraft

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"github.com/hashicorp/go-hclog"
)

// libraryLog is a logger for the library whose lines come out in log.
func libraryLog(log *slog.Logger, part string) hclog.Logger {
	l := hclog.NewInterceptLogger(&hclog.LoggerOptions{Level: levelOf(log), Output: io.Discard})
	l.RegisterSink(sink{log.With("part", part)})
	return l
}

// levelOf is the least that log shows.
func levelOf(log *slog.Logger) hclog.Level {
	switch ctx := context.Background(); {
	case log.Enabled(ctx, slog.LevelDebug):
		return hclog.Debug
	case log.Enabled(ctx, slog.LevelInfo):
		return hclog.Info
	}
	return hclog.Warn
}

// sink is where the library's lines go. Many goroutines write to it.
type sink struct{ log *slog.Logger }

// Accept takes one line.
func (s sink) Accept(_ string, level hclog.Level, msg string, args ...any) {
	for i, a := range args {
		switch a := a.(type) {
		case hclog.Format:
			args[i] = fmt.Sprintf(a[0].(string), a[1:]...)
		case fmt.Stringer:
			args[i] = a.String()
		}
	}
	s.log.Log(context.Background(), slogLevel(level), msg, args...)
}

// slogLevel takes the library's errors for warnings: they tell of peers that are
// away and of votes that were lost. What ends this node, the session says.
func slogLevel(level hclog.Level) slog.Level {
	switch {
	case level >= hclog.Warn:
		return slog.LevelWarn
	case level == hclog.Info:
		return slog.LevelInfo
	}
	return slog.LevelDebug
}
