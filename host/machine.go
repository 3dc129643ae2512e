package host

import (
	"cmp"
	"context"
	"io"

	"github.com/chronik-stream/metalog/sdk"
)

// machine is the replica as one session's backend sees it.
type machine struct {
	replica *replica
	session *session
}

func (m *machine) Apply(_ context.Context, entries ...sdk.Entry) error {
	return m.session.ends(m.replica.apply(m.session, entries))
}

func (m *machine) Snapshot(context.Context) (sdk.Snapshot, error) {
	s, err := m.replica.snapshot(m.session)
	return s, m.session.ends(err)
}

func (m *machine) Restore(_ context.Context, in io.Reader) error {
	return m.session.ends(m.replica.restore(m.session, in))
}

func (m *machine) SetStatus(s sdk.Status) { m.session.setStatus(s) }

// snapshot is sdk.StateMachine's Snapshot: the view is immutable, so a pin is a
// pointer.
func (r *replica) snapshot(s *session) (sdk.Snapshot, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.closedTo(s); err != nil {
		return nil, err
	}
	return &snapshot{view: r.board.latest.Load(), bench: r.bench}, nil
}

// snapshot is a pinned view.
type snapshot struct {
	view  *view
	bench *bench
}

// WriteTo writes the frame. It fails if a verdict has stopped the host since, or
// does so before all is written.
func (s *snapshot) WriteTo(w io.Writer) (int64, error) {
	if err := s.bench.err(); err != nil {
		return 0, err
	}
	n, err := writeFrame(w, s.view)
	return n, cmp.Or(err, s.bench.err())
}

// Release lets the garbage collector have the state.
func (s *snapshot) Release() {}
