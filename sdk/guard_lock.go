package sdk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

const lockName = "LOCK"

// lock holds a directory against other processes, and against other sessions
// in this one. The kernel ends it with its process, so the file stays.
type lock struct {
	f         *os.File // nil: there is nothing to lock
	exclusive bool
}

// sign leaves text in LOCK. It's a courtesy to people: a full disk, where it
// fails, must not keep a node from opening.
func (l *lock) sign(text string) {
	if l.f.Truncate(0) == nil {
		_, _ = l.f.WriteAt([]byte(text), 0)
	}
}

// takeLock locks dir for writing and notes for whoever comes second this
// process and the one that started it: stopping a plugin alone would only have
// its host start another.
func takeLock(dir string) (*lock, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, notWritable(dir, err)
	}
	if err := flock(f, syscall.LOCK_EX, dir); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	l := &lock{f: f, exclusive: true}
	l.sign(fmt.Sprintf("process %d, started by %d\n", os.Getpid(), os.Getppid()))
	return l, nil
}

// shareLock locks dir for reading and writes nothing. A directory that never
// had a LOCK, such as a copy, needs none.
func shareLock(dir string) (*lock, error) {
	f, err := os.Open(filepath.Join(dir, lockName))
	if errors.Is(err, fs.ErrNotExist) {
		return &lock{}, nil
	}
	if err != nil {
		return nil, &Error{Reason: ReasonInternal, Message: "lock " + dir, Err: err}
	}
	if err := flock(f, syscall.LOCK_SH, dir); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &lock{f: f}, nil
}

func flock(f *os.File, how int, dir string) error {
	err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.EWOULDBLOCK):
		return &Error{Reason: ReasonConflict, Message: dir + " is in use" + holder(f) + ": stop that node first"}
	}
	return &Error{Reason: ReasonInternal, Message: "lock " + dir, Err: err}
}

// holder names who holds the lock, as far as it has said so.
func holder(f *os.File) string {
	b := make([]byte, 80)
	n, err := f.ReadAt(b, 0)
	who := strings.TrimSpace(string(b[:n]))
	if (err != nil && !errors.Is(err, io.EOF)) || who == "" {
		return ""
	}
	return " by " + who
}

// release unlocks before it closes: a process that is just being started from
// this one still has the file, and would keep the lock until it runs.
func (l *lock) release() error {
	if l.f == nil {
		return nil
	}
	if l.exclusive {
		l.sign("")
	}
	return errors.Join(syscall.Flock(int(l.f.Fd()), syscall.LOCK_UN), l.f.Close())
}

func isReadOnly(err error) bool { return errors.Is(err, syscall.EROFS) }
