package plugin

import (
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
)

// lineWriter keeps lines of several loggers apart.
type lineWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lineWriter) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

// maxText is what one string of a log line may have: the host reads lines of up
// to 64 KiB.
const maxText = 16 << 10

// newLogger writes what go-plugin's host reads back as structured lines: hclog's
// JSON. The host decides what it shows.
func newLogger(w io.Writer) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: hclogAttr}))
}

func hclogAttr(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 {
		switch v := a.Value.Any().(type) {
		case slog.Level:
			if a.Key == slog.LevelKey {
				return slog.String("@level", levelName(v))
			}
		case time.Time:
			if a.Key == slog.TimeKey {
				return slog.String("@timestamp", v.Format("2006-01-02T15:04:05.000000Z07:00"))
			}
		case string:
			if a.Key == slog.MessageKey {
				a.Key = "@message"
				return clip(a)
			}
		}
		// A host may take any other type under one of its own keys for a lie.
		if strings.HasPrefix(a.Key, "@") {
			a.Key = "_" + a.Key[1:]
		}
	}
	return clip(a)
}

func clip(a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindString && len(a.Value.String()) > maxText {
		a.Value = slog.StringValue(a.Value.String()[:maxText] + "...")
	}
	return a
}

func levelName(l slog.Level) string {
	switch {
	case l < slog.LevelInfo:
		return "debug"
	case l < slog.LevelWarn:
		return "info"
	case l < slog.LevelError:
		return "warn"
	default:
		return "error"
	}
}

// launchLogger is what go-plugin itself logs to, beside the backend.
func launchLogger(w io.Writer) hclog.Logger {
	return hclog.New(&hclog.LoggerOptions{Level: hclog.Warn, Output: w, JSONFormat: true, TimeFormat: "2006-01-02T15:04:05.000000Z07:00"})
}
