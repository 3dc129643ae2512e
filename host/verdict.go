package host

import (
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/chronik-stream/metalog/sdk"
)

// verdict is why a host must not go on: for good, whatever its backend does.
type verdict struct {
	phase    Phase // PhaseFailed, PhaseHalted or PhaseQuarantined
	index    uint64
	revision uint64
	err      error
	dump     string // of the entry, if one is the reason
}

func (v *verdict) Error() string {
	switch v.phase {
	case PhaseHalted:
		return fmt.Sprintf("halted at index %d after revision %d: %v", v.index, v.revision, v.err)
	case PhaseQuarantined:
		return fmt.Sprintf("quarantined at revision %d: %v", v.revision, v.err)
	default:
		return v.err.Error()
	}
}

func (v *verdict) Unwrap() error { return v.err }

// failed is the verdict of a terminal error, which the backend or the doorman
// found.
func failed(err error) *verdict { return &verdict{phase: PhaseFailed, err: err} }

// bench holds the one verdict a host can get: the first. Any goroutine may use
// it.
type bench struct {
	reached atomic.Pointer[verdict]
	passed  chan struct{} // closed when there is one
}

func newBench() *bench { return &bench{passed: make(chan struct{})} }

// pass returns the verdict that holds: v, or an earlier one.
func (b *bench) pass(v *verdict) *verdict {
	if b.reached.CompareAndSwap(nil, v) {
		close(b.passed)
	}
	return b.reached.Load()
}

// err is nil while there is no verdict.
func (b *bench) err() error {
	if v := b.reached.Load(); v != nil {
		return v
	}
	return nil
}

// verdictOf tells an error that is for good from one after which the next
// session may do better: nil.
func verdictOf(err error) *verdict {
	var v *verdict
	switch {
	case errors.As(err, &v):
		return v
	case sdk.Terminal(err):
		return failed(err)
	}
	return nil
}
