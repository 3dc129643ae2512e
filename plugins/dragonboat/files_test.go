package dragonboat

import (
	"os"
	"path/filepath"
	"testing"

	pb "github.com/lni/dragonboat/v4/raftpb"
	"github.com/stretchr/testify/require"
)

// Snapshots lie in the data directory, all else in memory, whatever the host is called.
func TestWhereFilesAre(t *testing.T) {
	dir := t.TempDir()
	f := newFiles(dir, func() bool { return false })
	for name, want := range map[string]string{
		libraryHome + "/host-1/0001/dragonboat.ds":                                     "",
		libraryHome + "/host-1/0001/snapshot-part-1":                                   "",
		libraryHome + "/host-1/0001/snapshot-part-1/snapshot-1-9":                      "snapshots",
		libraryHome + "/host-1/0001/snapshot-part-1/snapshot-1-9/snapshot-0A/x.gbsnap": "snapshots/snapshot-0A/x.gbsnap",
		libraryHome + "/other/0002/snapshot-part-7/snapshot-1-9/snapshot-0A":           "snapshots/snapshot-0A",
	} {
		path, onDisk := f.at(name)
		require.Equal(t, want != "", onDisk, name)
		if onDisk {
			require.Equal(t, filepath.Join(dir, want), path)
		} else {
			require.Equal(t, name, path)
		}
	}
	require.NoError(t, f.MkdirAll(libraryHome+"/host-1/x", 0o755))
	require.NoError(t, f.MkdirAll(libraryHome+"/host-1/0/snapshot-part-1/snapshot-1-9/a", 0o755))
	found, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, found, 1)
	info, err := os.Stat(filepath.Join(dir, "snapshots", "a"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm(), "nobody else may read it")
}

// The same directory under another host name, or another number of the node's: the
// snapshot that was noted is found.
func TestHostIsRenamed(t *testing.T) {
	d := newTest(t)
	ss := d.made(t, 5, 1)
	d.save(t, pb.Update{State: state(1, 0, 5), Snapshot: ss})
	path := d.fileOf()
	d = d.reopened(t)
	require.Equal(t, path, d.fileOf())
	renamed := libraryHome + "/elsewhere/9/snapshot-part-2/snapshot-1-77/" + filepath.Base(filepath.Dir(path)) + "/" + filepath.Base(path)
	at, _ := d.files.at(renamed)
	require.Equal(t, path, at)
	f, err := d.files.Open(renamed)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.NoError(t, d.log.Close())
}

// The sums of a snapshot are known from when it gets its name until it is removed.
func TestSumsOfSnapshots(t *testing.T) {
	d := newTest(t)
	ss := d.made(t, 5, 1)
	path, _ := d.files.at(ss.Filepath)
	want, err := sumFile(path)
	require.NoError(t, err)
	require.Equal(t, want, d.files.recordOf(&ss).sum)
	require.NotZero(t, want.crc32)
	require.NoError(t, d.files.RemoveAll(filepath.Dir(ss.Filepath)))
	require.NoFileExists(t, path)
	require.Zero(t, d.files.recordOf(&ss).sum)
	require.NoError(t, d.log.Close())
}
