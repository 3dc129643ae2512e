package hashiraft

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"
	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

var members = raft.Configuration{Servers: []raft.Server{{Suffrage: raft.Voter, ID: "n1", Address: "127.0.0.1:7001"}}}

const snapshotState = "the state of the host"

// snap makes a snapshot the way raft does.
func snap(s *logStore, index, term uint64) error {
	store, err := newSnapshotStore(s.dir, 2, hclog.NewNullLogger())
	if err != nil {
		return err
	}
	_, trans := raft.NewInmemTransport("127.0.0.1:7001")
	sink, err := store.Create(raft.SnapshotVersionMax, index, term, members, 1, trans)
	if err != nil {
		return err
	}
	_, err = io.WriteString(sink, snapshotState)
	return errors.Join(err, sink.Close(), sink.Close())
}

func TestReadingTheNewestSnapshot(t *testing.T) {
	s := newTest(t)
	require.Zero(t, s.newest.index())
	require.NoError(t, s.StoreLogs(run(1, 30, 1)))
	require.NoError(t, errors.Join(snap(s, 9, 1), snap(s, 10, 1)))
	require.NoError(t, s.close())
	before := contents(t, s.dir)
	s, err := inspectStore(s.dir)
	require.NoError(t, err)
	require.Equal(t, uint64(10), s.newest.index())
	require.Equal(t, members, s.newest.meta.Configuration)
	r, err := s.newest.open()
	require.NoError(t, err)
	state, err := io.ReadAll(r)
	require.NoError(t, errors.Join(err, r.Close()))
	require.Equal(t, snapshotState, string(state))
	from, to, err := s.tail()
	require.NoError(t, err)
	require.Equal(t, []uint64{11, 30}, []uint64{from, to})
	require.NoError(t, s.close())
	require.Equal(t, before, contents(t, s.dir), "only read")
}

func TestACancelledSnapshotIsNone(t *testing.T) {
	s := newTest(t)
	store, err := newSnapshotStore(s.dir, 1, hclog.NewNullLogger())
	require.NoError(t, err)
	_, trans := raft.NewInmemTransport("127.0.0.1:7001")
	sink, err := store.Create(raft.SnapshotVersionMax, 3, 1, members, 1, trans)
	require.NoError(t, err)
	require.NoError(t, errors.Join(sink.Cancel(), sink.Close()))
	newest, err := newestSnapshot(s.dir)
	require.NoError(t, err)
	require.Zero(t, newest.index())
}

// A crash just after a snapshot got its name leaves it without a seal.
func TestASnapshotIsSealedAtOpen(t *testing.T) {
	s := newTest(t)
	require.NoError(t, errors.Join(s.StoreLogs(run(1, 10, 1)), snap(s, 5, 1)))
	newest, err := newestSnapshot(s.dir)
	require.NoError(t, err)
	seal := filepath.Join(newest.path, sealName)
	require.NoError(t, os.Remove(seal))
	unfinished := filepath.Join(s.dir, snapshotsName, "1-7-1234.tmp")
	require.NoError(t, os.Mkdir(unfinished, 0o700))
	foreign := filepath.Join(s.dir, snapshotsName, "notes.tmp")
	require.NoError(t, os.Mkdir(foreign, 0o700))
	holds(t, s, 1, 10)
	require.FileExists(t, seal)
	require.NoDirExists(t, unfinished)
	require.DirExists(t, foreign)
}

// contents is every file of dir.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		all[strings.TrimPrefix(path, dir)] = string(b)
		return err
	}))
	return all
}

// refused checks that neither opens dir, and that nothing is changed.
func refused(t *testing.T, dir string) *sdk.Error {
	t.Helper()
	before := contents(t, dir)
	_, err := openStore(sdk.Config{DataDir: dir, Start: sdk.StartRestart})
	require.ErrorIs(t, err, sdk.ErrCorrupt)
	_, again := inspectStore(dir)
	require.EqualError(t, again, err.Error())
	require.Equal(t, before, contents(t, dir))
	var e *sdk.Error
	require.ErrorAs(t, err, &e)
	return e
}
