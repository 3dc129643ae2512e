package launch

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// counter is a log that counts its lines by message.
type counter struct {
	slog.Handler
	lines map[string]int
}

func (c counter) Enabled(context.Context, slog.Level) bool        { return true }
func (c counter) WithAttrs([]slog.Attr) slog.Handler              { return c }
func (c counter) Handle(_ context.Context, rec slog.Record) error { c.lines[rec.Message]++; return nil }

func TestAFloodDoesNotFillTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := counter{lines: map[string]int{}}
		o := newOutput(slog.New(c))
		for range 3 * maxLines {
			o.print([]byte("spam"), false)
		}
		require.Equal(t, maxLines, c.lines["spam"])

		time.Sleep(time.Second)
		o.print([]byte("sense"), false)
		require.Equal(t, map[string]int{
			"spam": maxLines, "the plugin printed too much, some lines are lost": 1, "sense": 1,
		}, c.lines)

		o.print([]byte("panic: boom"), false)
		for range 2 * maxLines {
			o.print([]byte("goroutine"), false)
		}
		require.Equal(t, 2*maxLines, c.lines["goroutine"], "where it died is never cut")
	})
}

func TestAFloodIsCounted(t *testing.T) {
	var f flood
	now := time.Unix(100, 0)
	for range maxLines + 7 {
		f.admit(now)
	}
	pass, dropped := f.admit(now.Add(time.Second))
	require.True(t, pass)
	require.Equal(t, 7, dropped)
	_, dropped = f.admit(now.Add(time.Second))
	require.Zero(t, dropped, "told once")
}
