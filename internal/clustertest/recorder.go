package clustertest

import (
	"bytes"
	"context"
	"encoding/gob"
	"io"
	"slices"
	"sync"

	"github.com/chronik-stream/metalog/sdk"
)

// Recorder is a host that keeps every entry, and skips what it has. Any goroutine may
// use it.
type Recorder struct {
	mu       sync.Mutex
	data     []sdk.Entry
	st       sdk.Status
	restores int
	hold     chan struct{} // Apply waits for it to close; nil: it doesn't
	failWith error
}

// NewRecorder returns an empty one.
func NewRecorder() *Recorder { return &Recorder{} }

// Apply keeps the entries.
func (r *Recorder) Apply(ctx context.Context, entries ...sdk.Entry) error {
	r.mu.Lock()
	hold := r.hold
	r.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failWith != nil {
		return r.failWith
	}
	for _, e := range entries {
		if len(r.data) == 0 || e.Index > r.data[len(r.data)-1].Index {
			r.data = append(r.data, e)
		}
	}
	return nil
}

// Snapshot pins all entries.
func (r *Recorder) Snapshot(context.Context) (sdk.Snapshot, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return pinned(r.data[:len(r.data):len(r.data)]), nil
}

type pinned []sdk.Entry

func (p pinned) WriteTo(w io.Writer) (int64, error) {
	var buf bytes.Buffer
	if err := gob.NewEncoder(&buf).Encode([]sdk.Entry(p)); err != nil {
		return 0, err
	}
	return buf.WriteTo(w)
}

func (p pinned) Release() {}

// Restore takes in what a snapshot holds.
func (r *Recorder) Restore(_ context.Context, from io.Reader) error {
	var entries []sdk.Entry
	if err := gob.NewDecoder(from).Decode(&entries); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.restores++
	if len(entries) > len(r.data) {
		r.data = entries
	}
	return nil
}

// SetStatus keeps the latest status.
func (r *Recorder) SetStatus(st sdk.Status) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.st = st
}

// Status is the latest one.
func (r *Recorder) Status() sdk.Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.st
}

// Restores is how often a snapshot was restored.
func (r *Recorder) Restores() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.restores
}

// Raw is all entries as they came.
func (r *Recorder) Raw() []sdk.Entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.data)
}

// Entries is what all entries say.
func (r *Recorder) Entries() []string {
	list := []string{}
	for _, e := range r.Raw() {
		list = append(list, string(e.Data))
	}
	return list
}

// HoldApply has Apply wait until the result is called, which may be more than once.
func (r *Recorder) HoldApply() (release func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	hold := make(chan struct{})
	r.hold = hold
	return sync.OnceFunc(func() {
		r.mu.Lock()
		r.hold = nil
		r.mu.Unlock()
		close(hold)
	})
}

// FailApply has Apply refuse all that comes from now on.
func (r *Recorder) FailApply(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failWith = err
}
