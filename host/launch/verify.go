package launch

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/chronik-stream/metalog/sdk"
)

// executable is a plugin's file, open since before it was hashed.
type executable struct {
	path   string // absolute
	file   *os.File
	sha256 string // in hex
	pinned bool   // run the open file, not whatever has its path by then
}

// verify opens the executable at path and compares its checksum with want, if
// there is one. The caller closes what it returns.
//
// A file that isn't there may come back (an upgrade that removes before it
// writes), so that error isn't terminal; nor is one of a machine that is short
// of something. The others are.
func verify(path, want string) (*executable, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, unusable(path, err)
	}
	f, err := os.Open(abs)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &sdk.Error{
			Reason: sdk.ReasonInternal, Outcome: sdk.NotAppended,
			Message: fmt.Sprintf("plugin %s: no such file; check the path, or build it first", path),
		}
	}
	if err != nil {
		return nil, unusable(path, err)
	}
	exe, err := check(f, abs, want)
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return exe, nil
}

func check(f *os.File, path, want string) (*executable, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, unusable(path, err)
	}
	if !info.Mode().IsRegular() {
		return nil, unusable(path, fmt.Errorf("it is a %s, not a program", kindOf(info)))
	}
	if info.Mode().Perm()&0o111 == 0 {
		return nil, unusable(path, errors.New("it isn't executable; if it should be: chmod +x"))
	}
	sum, err := checksum(f)
	if err != nil {
		return nil, unusable(path, err)
	}
	if want != "" && !strings.EqualFold(want, sum) {
		return nil, &sdk.Error{Reason: sdk.ReasonIncompatible, Outcome: sdk.NotAppended, Message: fmt.Sprintf(
			"plugin %s: sha256 is %s, but %s is configured: not started. If the file was replaced on purpose, configure the new sum",
			path, sum, want)}
	}
	return &executable{path: path, file: f, sha256: sum, pinned: want != "" && canExecOpenFile(f)}, nil
}

func checksum(f *os.File) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func kindOf(info fs.FileInfo) string {
	if info.IsDir() {
		return "directory"
	}
	return "special file"
}

func unusable(path string, err error) error {
	return &sdk.Error{
		Reason: reasonOf(err), Outcome: sdk.NotAppended, Err: err,
		Message: fmt.Sprintf("plugin %s can't be run", path),
	}
}

// reasonOf tells what somebody must mend from what may pass by itself: a machine
// that is short of something must not stop a node for good.
func reasonOf(err error) sdk.Reason {
	for _, passing := range []error{
		syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, syscall.ENOSPC, syscall.EDQUOT,
		syscall.EIO, syscall.EAGAIN, syscall.EINTR, syscall.ESTALE, errContended,
	} {
		if errors.Is(err, passing) {
			return sdk.ReasonInternal
		}
	}
	return sdk.ReasonInvalidConfig
}
