package plugin

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestAProcessWithoutASessionEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		l := life{engine: NewEngine(Spec{}, slog.New(slog.DiscardHandler))}
		require.ErrorContains(t, l.wait(), "no host has begun a session within 30s")
		require.Equal(t, 30*time.Second, time.Since(start))
	})
}

func TestAProcessEndsAtOnceWithItsSession(t *testing.T) {
	gone := hostEndedError{io.ErrUnexpectedEOF}
	said := func(e *Engine) { e.finish(nil) }
	closed := func(e *Engine) {
		_, err := e.replica.finish(t.Context())
		require.NoError(t, err)
	}
	for name, c := range map[string]struct {
		before func(*Engine)
		cause  error
		want   error
		after  time.Duration // for the host to hear the plugin's reason
	}{
		"the host ended it":                 {func(*Engine) {}, errSessionOver, nil, 0},
		"the host is gone":                  {func(*Engine) {}, gone, gone, 0},
		"the host is gone, and had closed":  {closed, gone, nil, 0},
		"the backend failed, and said so":   {said, errors.ErrUnsupported, errors.ErrUnsupported, lastWords},
		"the backend failed, and can't say": {func(*Engine) {}, errors.ErrUnsupported, errors.ErrUnsupported, wordsWait + lastWords},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := NewEngine(Spec{}, slog.New(slog.DiscardHandler))
				s := newSession(limits{}.orDefault(), e.log)
				require.NoError(t, e.begin(s))
				signals := make(chan os.Signal, 1)
				signals <- unix.SIGTERM
				ended := make(chan error, 1)
				go func() { ended <- life{engine: e, signals: signals}.wait() }()
				time.Sleep(time.Hour)
				require.Empty(t, ended, "a session may last, whatever the signals")
				c.before(e)
				start := time.Now()
				s.end(c.cause)
				require.Equal(t, c.want, <-ended)
				require.Equal(t, c.after, time.Since(start))
			})
		})
	}
}

// A host may be dead though its connection isn't: a child of its own may hold it.
func TestAProcessEndsWithItsHostInASession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := NewEngine(Spec{}, slog.New(slog.DiscardHandler))
		s := newSession(limits{}.orDefault(), e.log)
		defer s.end(nil)
		require.NoError(t, e.begin(s))
		dead := make(chan struct{})
		ended := make(chan error, 1)
		go func() { ended <- life{engine: e, dead: dead}.wait() }()
		time.Sleep(time.Hour)
		require.Empty(t, ended)
		close(dead)
		time.Sleep(time.Second)
		require.Len(t, ended, 1)
		require.NoError(t, <-ended)
	})
}

func TestLogLinesAreWhatTheHostReads(t *testing.T) {
	var out bytes.Buffer
	log := newLogger(&out).With("node", "n1").WithGroup("disk")
	log.Error("full", "@message", 5, "level", 7, "text", strings.Repeat("x", 100<<10), "err", errors.New("no space"))
	require.Less(t, out.Len(), 64<<10)
	var line map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &line))
	require.Equal(t, "full", line["@message"])
	require.Equal(t, "error", line["@level"])
	_, err := time.Parse("2006-01-02T15:04:05.000000Z07:00", line["@timestamp"].(string))
	require.NoError(t, err)
	require.Equal(t, "n1", line["node"])
	require.Equal(t, "no space", line["disk"].(map[string]any)["err"])
}
