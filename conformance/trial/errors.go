package trial

import (
	"errors"
	"fmt"
)

// harnessError is a failure of the judge, not of what is judged.
type harnessError struct{ err error }

func (h harnessError) Error() string { return h.err.Error() }
func (h harnessError) Unwrap() error { return h.err }

// Harness marks err as the judge's own: the case is an ERROR then, not a FAIL.
// Nil stays nil.
func Harness(err error) error {
	if err == nil {
		return nil
	}
	return harnessError{err}
}

// IsHarness reports whether err says that nothing could be judged.
// Joined with a broken promise it doesn't: that was judged.
func IsHarness(err error) bool {
	return throughout(err, func(err error) bool { _, ok := err.(harnessError); return ok }) //nolint:errorlint // throughout unwraps
}

// throughout reports whether each of the errors that err is joined from is, or
// wraps, one of a kind.
func throughout(err error, is func(error) bool) bool {
	if err == nil || is(err) {
		return err != nil
	}
	switch e := err.(type) { //nolint:errorlint // one level at a time
	case interface{ Unwrap() []error }:
		for _, branch := range e.Unwrap() {
			if !throughout(branch, is) {
				return false
			}
		}
		return true
	case interface{ Unwrap() error }:
		return throughout(e.Unwrap(), is)
	}
	return false
}

// unable says that the machine lacks what a case needs.
type unableError struct{ reason string }

func (u unableError) Error() string { return u.reason }

// Unable is an error that makes the case UNSUPPORTED on this machine: counted,
// and never a pass.
func Unable(format string, args ...any) error { return unableError{fmt.Sprintf(format, args...)} }

// IsUnable reports whether err says so.
func IsUnable(err error) bool {
	return throughout(err, func(err error) bool { _, ok := err.(unableError); return ok }) //nolint:errorlint // throughout unwraps
}

// hangError is a call that didn't come back.
type hangError struct{ what string }

func (h hangError) Error() string { return h.what }

// IsHang reports whether err is a call that didn't come back.
func IsHang(err error) bool {
	var h hangError
	return errors.As(err, &h)
}
