package boltlog

import (
	"errors"
	"fmt"
	"runtime/debug"
	"syscall"

	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/chronik-stream/metalog/sdk"
)

// Corrupt says which file of a data directory is not what was written, and
// where. Users of this package say so of their other files, too.
func Corrupt(file string, index uint64, format string, args ...any) error {
	return &sdk.Error{
		Reason: sdk.ReasonCorrupt,
		Message: fmt.Sprintf("%s is damaged at index %d: %s; restore the data directory from a backup, nothing was changed",
			file, index, fmt.Sprintf(format, args...)),
	}
}

// NoSpace tells a disk that is merely full from one that is broken.
func NoSpace(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}

// BrokenDiskError is a failed transaction that wasn't just out of space: what the
// disk holds is in doubt, so the session ends.
type BrokenDiskError struct{ Err error }

func (e *BrokenDiskError) Error() string {
	return "the disk can't be trusted any more: " + e.Err.Error()
}

func (e *BrokenDiskError) Unwrap() error { return e.Err }

// Opening explains why a log can't be opened, if it can't. What is an sdk.Error
// already stays as it is.
func Opening(path string, err error) error {
	var e *sdk.Error
	switch {
	case err == nil, errors.As(err, &e):
		return err
	case errors.Is(err, bolterrors.ErrTimeout):
		return &sdk.Error{
			Reason:  sdk.ReasonConflict,
			Message: path + " is in use by another process: stop that one first", Err: err,
		}
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrChecksum), errors.Is(err, bolterrors.ErrVersionMismatch):
		return Corrupt(path, 0, "%v", err)
	}
	return &sdk.Error{Reason: sdk.ReasonInternal, Message: "open " + path, Err: err}
}

// guarded runs f, which reads bbolt's memory map. Damaged pages make bbolt
// panic, and a file cut short makes the map fault: both are errors here.
func guarded(path string, f func() error) (err error) {
	old := debug.SetPanicOnFault(true)
	defer debug.SetPanicOnFault(old)
	defer func() {
		if p := recover(); p != nil {
			err = Corrupt(path, 0, "%v", p)
		}
	}()
	return f()
}
