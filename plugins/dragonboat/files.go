package dragonboat

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/lni/vfs"

	pb "github.com/lni/dragonboat/v4/raftpb"
)

const (
	snapshotsName  = "snapshots"
	snapshotSuffix = ".gbsnap"
	// libraryHome is where the library takes its files to be.
	libraryHome = "/dragonboat"
)

// files is the library's file system. Its snapshots lie in the data directory.
// Everything else that it keeps beside the log is in memory, and made anew at each
// start: it notes the host's name there and refuses to run under another one, and
// whose directory this is, IDENTITY says.
//
// Any goroutine may use it.
type files struct {
	vfs.FS // in memory
	disk   vfs.FS
	dir    string      // the data directory
	over   func() bool // nothing is stored any more

	mu      sync.Mutex
	sums    map[string]fileSum // of finished snapshots, by path
	failure error              // the last of the disk's, see failed
}

func newFiles(dir string, over func() bool) *files {
	return &files{FS: vfs.NewMem(), disk: vfs.Default, dir: dir, over: over, sums: map[string]fileSum{}}
}

// at is where name really is. The library's path of a snapshot is
// HOME/HOSTNAME/DEPLOYMENT/snapshot-part-N/snapshot-SHARD-REPLICA/...
func (f *files) at(name string) (path string, onDisk bool) {
	_, tail, found := strings.Cut(filepath.ToSlash(name), "/snapshot-part-")
	if !found {
		return name, false
	}
	parts := strings.SplitN(tail, "/", 3)
	switch len(parts) {
	case 1:
		return name, false
	case 2:
		return filepath.Join(f.dir, snapshotsName), true
	}
	return filepath.Join(f.dir, snapshotsName, filepath.FromSlash(parts[2])), true
}

func (f *files) on(name string) (vfs.FS, string) {
	if path, onDisk := f.at(name); onDisk {
		return f.disk, path
	}
	return f.FS, name
}

// recordOf describes a finished snapshot.
func (f *files) recordOf(ss *pb.Snapshot) snapshotRecord {
	path, _ := f.at(ss.Filepath)
	f.mu.Lock()
	defer f.mu.Unlock()
	return newRecord(ss, f.sums[path])
}

// Rename finishes a snapshot, when it is one: the directory it is made in gets its
// name.
func (f *files) Rename(from, to string) error {
	disk, path := f.on(from)
	_, target := f.on(to)
	if disk == f.FS {
		return disk.Rename(path, target)
	}
	if err := f.sum(path, target); err != nil {
		return f.failed(err)
	}
	return f.failed(disk.Rename(path, target))
}

// sum notes the sums of the snapshots in dir, which is about to be renamed.
func (f *files) sum(dir, target string) error {
	found, err := filepath.Glob(filepath.Join(dir, "*"+snapshotSuffix))
	if err != nil {
		return err
	}
	for _, path := range found {
		sum, err := sumFile(path)
		if err != nil {
			return err
		}
		f.mu.Lock()
		f.sums[filepath.Join(target, filepath.Base(path))] = sum
		f.mu.Unlock()
	}
	return nil
}

// What follows is vfs.FS, each call where the file is.

// Create makes a file.
func (f *files) Create(name string) (vfs.File, error) {
	on, path := f.on(name)
	file, err := on.Create(path)
	return f.file(on, file, err)
}

// Link gives a file a second name.
func (f *files) Link(from, to string) error {
	on, path := f.on(from)
	_, target := f.on(to)
	return f.failed(on.Link(path, target))
}

// Open opens a file to read.
func (f *files) Open(name string, opts ...vfs.OpenOption) (vfs.File, error) {
	on, path := f.on(name)
	return on.Open(path, opts...)
}

// OpenDir opens a directory to sync.
func (f *files) OpenDir(name string) (vfs.File, error) {
	on, path := f.on(name)
	file, err := on.OpenDir(path)
	return f.file(on, file, err)
}

// OpenForAppend opens a file to write at its end.
func (f *files) OpenForAppend(name string) (vfs.File, error) {
	on, path := f.on(name)
	file, err := on.OpenForAppend(path)
	return f.file(on, file, err)
}

// Remove removes a file.
func (f *files) Remove(name string) error {
	on, path := f.on(name)
	return f.failed(on.Remove(path))
}

// RemoveAll removes a directory, while what makes up for it is stored: at the end of
// the session the log may still name an older snapshot than the library knows.
func (f *files) RemoveAll(name string) error {
	on, path := f.on(name)
	if on == f.disk && f.over() {
		return nil // the next start removes it
	}
	f.mu.Lock()
	for known := range f.sums {
		if filepath.Dir(known) == path {
			delete(f.sums, known)
		}
	}
	f.mu.Unlock()
	return f.failed(on.RemoveAll(path))
}

// ReuseForWrite renames a file and opens it.
func (f *files) ReuseForWrite(from, to string) (vfs.File, error) {
	on, path := f.on(from)
	_, target := f.on(to)
	file, err := on.ReuseForWrite(path, target)
	return f.file(on, file, err)
}

// MkdirAll makes a directory that nobody else may read.
func (f *files) MkdirAll(name string, perm os.FileMode) error {
	on, path := f.on(name)
	return f.failed(on.MkdirAll(path, perm&0o700))
}

// Lock locks a file.
func (f *files) Lock(name string) (io.Closer, error) {
	on, path := f.on(name)
	return on.Lock(path)
}

// List lists a directory.
func (f *files) List(name string) ([]string, error) {
	on, path := f.on(name)
	return on.List(path)
}

// Stat describes a file.
func (f *files) Stat(name string) (os.FileInfo, error) {
	on, path := f.on(name)
	return on.Stat(path)
}

// GetDiskUsage is the data directory's.
func (f *files) GetDiskUsage(string) (vfs.DiskUsage, error) { return f.disk.GetDiskUsage(f.dir) }
