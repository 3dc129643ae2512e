package host

import (
	"errors"
	"fmt"
	"io"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// restore is sdk.StateMachine's Restore. The old state stays if it fails.
func (r *replica) restore(s *session, in io.Reader) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.closedTo(s); err != nil {
		return err
	}
	src := &source{r: in}
	next, err := r.load(src)
	switch {
	case src.err != nil:
		return fmt.Errorf("read the snapshot: %w", src.err)
	case err != nil:
		return r.bench.pass(failed(err))
	case next == nil:
		r.door.skipped()
		return nil
	}
	r.replace(next)
	return nil
}

// load reads a snapshot; nil: the host is past it.
func (r *replica) load(src *source) (_ *view, err error) {
	defer recovered(&err)
	f, err := readFrame(src)
	if err != nil {
		return nil, corrupt(err)
	}
	current := r.board.latest.Load()
	if mine, ok := r.digests.get(f.revision); ok && mine != f.digest {
		return nil, diverged("its snapshot has digest %s at revision %d, where this node had %s", f.digest, f.revision, mine)
	}
	if f.index <= current.index {
		return nil, nil
	}
	if f.revision < current.state.Revision() {
		return nil, diverged("its snapshot at index %d has revision %d, and this node had %d at index %d",
			f.index, f.revision, current.state.Revision(), current.index)
	}
	next, err := f.readView(src)
	if err != nil {
		return nil, corrupt(err)
	}
	return next, nil
}

func (r *replica) replace(next *view) {
	r.door.restored(next.index)
	r.digests.reset(next.state.Revision())
	r.digests.add(next.state.Revision(), next.state.Digest())
	r.board.show(next)
	r.feed.reset(next.state.Revision())
	r.waiters.restored(next.state.Answer, r.unknown)
	r.own.restored()
}

func corrupt(err error) error {
	if errors.Is(err, metadata.ErrNewer) {
		return &sdk.Error{Reason: sdk.ReasonIncompatible, Message: "the backend's snapshot can't be read by this build", Err: err}
	}
	return &sdk.Error{Reason: sdk.ReasonCorrupt, Message: "the backend's snapshot can't be used: replace this node's data directory", Err: err}
}

// source tells a reader that fails from bytes that are wrong.
type source struct {
	r   io.Reader
	n   int64 // bytes read
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.n += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}
