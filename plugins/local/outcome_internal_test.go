package local

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

func newTestLog(t *testing.T) *log {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, createLog(dir))
	l, err := inspectLog(dir)
	require.NoError(t, err)
	require.NoError(t, l.reopen())
	t.Cleanup(func() { require.NoError(t, l.db.Close()) })
	return l
}

// A commit that reports an error may have got as far as its meta page all the
// same: then its entries may be there after a restart, and nobody may be told
// that they surely aren't.
func TestAFailedCommitThatTookEffectIsUnknown(t *testing.T) {
	for name, tookEffect := range map[string]bool{"it took effect": true, "it didn't": false} {
		t.Run(name, func(t *testing.T) {
			l := newTestLog(t)
			if tookEffect {
				require.NoError(t, l.append([][]byte{make([]byte, checksum+1)}))
				l.last-- // as the committer knows it after an error
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

// What a killed process wrote may be in the page cache only, so Open writes and
// syncs before it delivers anything (R3).
func TestReopenSyncsWhatItFinds(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, createLog(dir))
	before, err := os.ReadFile(filepath.Join(dir, logName))
	require.NoError(t, err)
	l, err := inspectLog(dir)
	require.NoError(t, err)
	require.NoError(t, l.reopen())
	require.NoError(t, l.db.Close())
	after, err := os.ReadFile(filepath.Join(dir, logName))
	require.NoError(t, err)
	require.NotEqual(t, before, after, "a commit was made")
}
