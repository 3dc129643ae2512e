package dragonboat

import (
	"errors"
	"io/fs"

	"github.com/lni/dragonboat/v4/statemachine"
	"github.com/lni/vfs"
)

// unwrittenError is why the disk doesn't take a snapshot. The library knows it for a
// snapshot that was given up, and goes on; for any other error it would end the
// process.
type unwrittenError struct{ err error }

func (e *unwrittenError) Error() string { return e.err.Error() }

func (e *unwrittenError) Unwrap() error { return e.err }

// Is makes it ErrSnapshotAborted.
func (e *unwrittenError) Is(target error) bool { return target == statemachine.ErrSnapshotAborted }

// failed notes what the disk says, and is what the library is told. Whether a file is
// there is no failure.
func (f *files) failed(err error) error {
	if err == nil || errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrExist) {
		return err
	}
	f.mu.Lock()
	f.failure = err
	f.mu.Unlock()
	return &unwrittenError{err}
}

// whyUnwritten is the last thing that the disk didn't do; nil: there was none.
func (f *files) whyUnwritten() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.failure
}

// succeeded forgets it.
func (f *files) succeeded() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failure = nil
}

// file is on disk or in memory; the former's failures are noted.
func (f *files) file(on vfs.FS, file vfs.File, err error) (vfs.File, error) {
	if on == f.FS {
		return file, err
	}
	if err != nil {
		return nil, f.failed(err)
	}
	return diskFile{file, f}, nil
}

// diskFile is a file of a snapshot, or their directory.
type diskFile struct {
	vfs.File
	files *files
}

// Write writes.
func (d diskFile) Write(p []byte) (int, error) {
	n, err := d.File.Write(p)
	return n, d.files.failed(err)
}

// WriteAt writes anywhere.
func (d diskFile) WriteAt(p []byte, at int64) (int, error) {
	n, err := d.File.WriteAt(p, at)
	return n, d.files.failed(err)
}

// Sync makes it durable.
func (d diskFile) Sync() error { return d.files.failed(d.File.Sync()) }

// Close closes it.
func (d diskFile) Close() error { return d.files.failed(d.File.Close()) }
