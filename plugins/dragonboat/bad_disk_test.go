package dragonboat

import (
	"errors"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/lni/vfs"
	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/clustertest"
	"github.com/chronik-stream/metalog/sdk"
)

// badDisk refuses one kind of call while it is told to.
type badDisk struct {
	vfs.FS
	mu      sync.Mutex
	refuses string
	why     error
}

func (d *badDisk) refuse(call string, why error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.refuses, d.why = call, why
}

func (d *badDisk) on(call string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if call == d.refuses {
		return &os.PathError{Op: call, Path: "x", Err: d.why}
	}
	return nil
}

func (d *badDisk) Create(name string) (vfs.File, error) {
	if err := d.on("create"); err != nil {
		return nil, err
	}
	return d.file(d.FS.Create(name))
}

func (d *badDisk) OpenForAppend(name string) (vfs.File, error) {
	return d.file(d.FS.OpenForAppend(name))
}

func (d *badDisk) OpenDir(name string) (vfs.File, error) { return d.file(d.FS.OpenDir(name)) }

func (d *badDisk) MkdirAll(name string, perm os.FileMode) error {
	if err := d.on("mkdir"); err != nil {
		return err
	}
	return d.FS.MkdirAll(name, perm)
}

func (d *badDisk) Rename(from, to string) error {
	if err := d.on("rename"); err != nil {
		return err
	}
	return d.FS.Rename(from, to)
}

func (d *badDisk) file(f vfs.File, err error) (vfs.File, error) {
	if err != nil {
		return nil, err
	}
	return badFile{f, d}, nil
}

type badFile struct {
	vfs.File
	disk *badDisk
}

func (f badFile) Write(p []byte) (int, error) {
	if err := f.disk.on("write"); err != nil {
		return 0, err
	}
	return f.File.Write(p)
}

func (f badFile) Sync() error {
	if err := f.disk.on("sync"); err != nil {
		return err
	}
	return f.File.Sync()
}

// onBadDisk opens a node on a disk that can be told to refuse.
func onBadDisk(t *testing.T, n *clustertest.Node) *badDisk {
	t.Helper()
	d := &badDisk{}
	b := New().(*Backend)
	b.seam.disk = func(fs vfs.FS) vfs.FS {
		d.FS = fs
		return d
	}
	require.NoError(t, n.OpenOn(b, n.Config()))
	return d
}

var calls = []string{"mkdir", "create", "write", "sync", "rename"}

// A snapshot that the disk doesn't take is given up and said so; the node goes on, and
// the next one succeeds.
func TestSnapshotOnABadDisk(t *testing.T) {
	for _, why := range []error{syscall.ENOSPC, syscall.EIO} {
		for _, call := range calls {
			if errors.Is(why, syscall.EIO) && call != "write" && call != "sync" {
				continue
			}
			t.Run(call+" "+why.Error(), func(t *testing.T) {
				t.Parallel()
				c := clustertest.NewCluster(t, testKind, 1)
				n := c.Nodes["n1"]
				d := onBadDisk(t, n)
				n.Ready()
				n.Write("before")
				d.refuse(call, why)
				err := n.Compact()
				require.ErrorIs(t, err, why)
				require.ErrorContains(t, err, "the snapshot wasn't written")
				n.Write("goes on")
				d.refuse("", nil)
				require.NoError(t, n.Compact())
				n.Write("after")
				n.Restart()
				n.Ready()
				require.NoError(t, n.Barrier())
				require.Equal(t, []string{"before", "goes on", "after"}, n.Entries())
				require.Equal(t, 1, n.Restores())
			})
		}
	}
}

// A leader's snapshot that the disk doesn't take is sent again, until it does.
func TestLeadersSnapshotOnABadDisk(t *testing.T) {
	for _, call := range calls {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			c := clustertest.StartCluster(t, testKind, 3)
			c.Leader().Write("before")
			away := c.Follower()
			away.Close()
			c.Leader().Write("meanwhile")
			for _, n := range c.Nodes {
				if n != away {
					require.NoError(t, n.Barrier())
					require.NoError(t, n.Compact())
				}
			}
			c.Leader().Write("after")
			d := onBadDisk(t, away)
			d.refuse(call, syscall.ENOSPC)
			require.Eventually(t, func() bool { return away.Status().Leader != "" }, 10*time.Second, 5*time.Millisecond)
			require.ErrorIs(t, away.Barrier(), sdk.ErrNotAppended)
			require.NotContains(t, away.Entries(), "meanwhile")
			c.Leader().Write("without it")
			d.refuse("", nil)
			require.Eventually(t, func() bool { return away.Barrier() == nil }, 20*time.Second, 5*time.Millisecond)
			require.Equal(t, c.Leader().Entries(), away.Entries())
			require.Equal(t, 1, away.Restores())
			away.Write("by the one that was away")
			c.Same()
		})
	}
}
