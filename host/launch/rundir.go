package launch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/chronik-stream/metalog/sdk"
)

const (
	roomPrefix = "p"
	// socketName is the longest name a plugin made with sdk/plugin gives its
	// socket: "plugin" and a random 32-bit number.
	socketName = "plugin4294967295"
	roomTries  = 8
)

var errContended = errors.New("other hosts keep removing what is made there")

// room is the private directory of one plugin process: its socket, and an
// empty working directory. The host holds a lock on it for as long as it
// lives, so that whoever can take the lock knows that the owner is dead.
type room struct {
	dir  string
	lock *os.File
}

// newRoom makes a room below base, after removing the rooms of dead hosts.
// An empty base stands for a directory of this user below os.TempDir.
func newRoom(base string) (*room, error) {
	base, err := prepareBase(base)
	if err != nil {
		return nil, err
	}
	sweep(base)
	for range roomTries {
		r, err := tryRoom(base)
		if err != nil {
			return nil, runDirError(base, err)
		}
		if r != nil {
			return r, nil
		}
	}
	return nil, runDirError(base, errContended)
}

func (r *room) workDir() string { return filepath.Join(r.dir, "cwd") }

// remove ends the room. The lock goes last, so that nobody sweeps it meanwhile.
func (r *room) remove() error {
	err := os.RemoveAll(r.dir)
	return errors.Join(err, r.lock.Close())
}

// tryRoom returns nil if a sweeper got hold of the new directory before its
// lock was taken.
func tryRoom(base string) (*room, error) {
	dir, err := os.MkdirTemp(base, roomPrefix) // 0700
	if err != nil {
		return nil, err
	}
	lock, err := lockDir(dir)
	if err != nil || lock == nil {
		return nil, err
	}
	r := &room{dir: dir, lock: lock}
	if err := os.Mkdir(r.workDir(), 0o700); err != nil {
		return nil, errors.Join(err, r.remove())
	}
	return r, nil
}

// lockDir locks dir if nobody else does. Nil: somebody else does, or dir is
// gone.
func lockDir(dir string) (*os.File, error) {
	f, err := os.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil && stillThere(f, dir) {
		return f, nil
	}
	_ = f.Close()
	if err != nil && !errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	return nil, nil
}

func stillThere(f *os.File, path string) bool {
	held, err := f.Stat()
	if err != nil {
		return false
	}
	named, err := os.Lstat(path)
	return err == nil && os.SameFile(held, named)
}

// sweep removes the rooms whose hosts are dead: a host that was killed leaves
// its plugin's socket behind. What can't be removed is left for the next start.
func sweep(base string) {
	entries, err := os.ReadDir(base)
	if err != nil {
		return
	}
	for _, e := range entries {
		if !e.IsDir() || !strings.HasPrefix(e.Name(), roomPrefix) {
			continue
		}
		dir := filepath.Join(base, e.Name())
		if lock, _ := lockDir(dir); lock != nil {
			_ = os.RemoveAll(dir)
			_ = lock.Close()
		}
	}
}

// prepareBase makes base if need be, and refuses one that others could write
// to or whose sockets would have too long a path.
func prepareBase(base string) (string, error) {
	if base == "" {
		base = filepath.Join(os.TempDir(), "metalog-"+strconv.Itoa(os.Geteuid()))
	}
	base, err := filepath.Abs(base)
	if err != nil {
		return "", runDirError(base, err)
	}
	longest := filepath.Join(base, roomPrefix+"4294967295", socketName)
	if limit := maxSocketPath(); len(longest) > limit {
		return "", runDirError(base, fmt.Errorf(
			"the path is too long for a socket: %d bytes, %d are possible here", len(base), len(base)-len(longest)+limit))
	}
	if err := os.MkdirAll(base, 0o700); err != nil {
		return "", runDirError(base, err)
	}
	if err := checkOwner(base); err != nil {
		return "", runDirError(base, err)
	}
	return base, nil
}

// maxSocketPath is the room in sockaddr_un, less its final NUL: 107 bytes on
// Linux, 103 on macOS.
func maxSocketPath() int { return len(syscall.RawSockaddrUnix{}.Path) - 1 }

func checkOwner(base string) error {
	info, err := os.Lstat(base)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return errors.New("not a directory")
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && int(st.Uid) != os.Geteuid() && st.Uid != 0 {
		return fmt.Errorf("it belongs to user %d", st.Uid)
	}
	if info.Mode().Perm()&0o022 != 0 && info.Mode()&fs.ModeSticky == 0 {
		return fmt.Errorf("others may write to it (mode %04o)", info.Mode().Perm())
	}
	return nil
}

func runDirError(base string, err error) error {
	return &sdk.Error{
		Reason: reasonOf(err), Outcome: sdk.NotAppended, Err: err,
		Message: fmt.Sprintf("run directory %s can't be used; name another one with --run-dir (short, private to this user)", base),
	}
}
