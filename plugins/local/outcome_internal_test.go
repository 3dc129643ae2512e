package local

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/boltlog"
	"github.com/chronik-stream/metalog/sdk"
)

func newTestLog(t *testing.T) *boltlog.Log {
	t.Helper()
	path := filepath.Join(t.TempDir(), logName)
	require.NoError(t, boltlog.Ensure(path, boltlog.Entries))
	return openTestLog(t, path)
}

func openTestLog(t *testing.T, path string) *boltlog.Log {
	t.Helper()
	l, err := boltlog.Inspect(path, boltlog.Entries, nil)
	require.NoError(t, err)
	require.NoError(t, l.Reopen())
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	return l
}

// takeEffect changes the file of l as an append would, without l's knowing.
func takeEffect(t *testing.T, l *boltlog.Log) {
	t.Helper()
	before, err := os.ReadFile(l.Path())
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), logName)
	require.NoError(t, os.WriteFile(path, before, 0o600))
	require.NoError(t, openTestLog(t, path).Append([][]byte{make([]byte, boltlog.Room+1)}))
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	f, err := os.OpenFile(l.Path(), os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.WriteAt(after, 0)
	require.NoError(t, errors.Join(err, f.Close()))
}

// A commit that reports an error may have got as far as its meta page all the
// same: then its entries may be there after a restart, and nobody may be told
// that they surely aren't.
func TestAFailedCommitThatTookEffectIsUnknown(t *testing.T) {
	for name, tookEffect := range map[string]bool{"it took effect": true, "it didn't": false} {
		t.Run(name, func(t *testing.T) {
			l := newTestLog(t)
			if tookEffect {
				takeEffect(t, l)
			}
			s := &session{log: l, logger: slog.New(slog.DiscardHandler)}
			p := &proposal{answer: make(chan error, 1)}
			err := s.failed(&group{proposals: []*proposal{p}}, errors.New("fsync: input/output error"))
			require.Error(t, err, "the session ends")
			got := <-p.answer
			require.Equal(t, tookEffect, errors.Is(got, sdk.ErrOutcomeUnknown))
			require.Equal(t, !tookEffect, errors.Is(got, sdk.ErrNotAppended))
		})
	}
}
