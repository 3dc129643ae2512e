package host

import (
	"sync"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
	"github.com/chronik-stream/metalog/sdk"
)

// replica is the state machine: it applies what a backend delivers, one call at
// a time, and is the only writer of the state. It outlives sessions.
type replica struct {
	self    string
	board   *board
	bench   *bench
	waiters *waiters
	own     *ownEntries
	peers   *peers
	feed    *feed
	unknown error // for calls whose entry may lie in a restored snapshot

	mu      sync.Mutex // held by whoever delivers
	session *session   // whose deliveries count
	door    *doorman
	digests *ring[metadata.Digest] // by revision
}

func newReplica(self string, b *board, w *waiters, own *ownEntries, p *peers, f *feed) *replica {
	r := &replica{
		self: self, board: b, bench: newBench(), waiters: w, own: own, peers: p, feed: f,
		unknown: errUnknown("the node was restored from a snapshot, which may hold the write or not"),
		door:    newDoorman(ringSize), digests: newRing[metadata.Digest](ringSize),
	}
	genesis := b.latest.Load().state
	r.digests.add(genesis.Revision(), genesis.Digest())
	return r
}

// begin lets s deliver, and nobody else from now on.
func (r *replica) begin(s *session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.session = s
	r.door.begin()
}

// sync returns when no delivery is under way that had begun before.
func (r *replica) sync() {
	r.mu.Lock()
	defer r.mu.Unlock()
}

// apply is sdk.StateMachine's Apply for session s. Whatever it can apply before
// the entry that it can't is applied.
func (r *replica) apply(s *session, entries []sdk.Entry) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.closedTo(s); err != nil {
		return err
	}
	fresh, contradiction := r.admit(entries)
	done, v := r.run(fresh)
	if v != nil {
		if _, again := r.run(fresh[:done]); again != nil {
			v = again
		}
		return r.bench.pass(v)
	}
	if contradiction != nil {
		return r.bench.pass(failed(contradiction))
	}
	return nil
}

// check is what ev would come to now. It waits for the delivery under way: only
// one goroutine at a time may make drafts.
func (r *replica) check(ev *eventpb.Event) metadata.Result {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.board.latest.Load().state.Check(ev)
}

// had reports whether the state had this digest at a revision, as far back as the
// ring goes.
func (r *replica) had(revision uint64, digest metadata.Digest) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	mine, ok := r.digests.get(revision)
	return ok && mine == digest
}

// closedTo is nil if s may deliver.
func (r *replica) closedTo(s *session) error {
	if err := r.bench.err(); err != nil {
		return err
	}
	if r.session != s {
		return &sdk.Error{Reason: sdk.ReasonClosed, Message: "this session of the backend is over"}
	}
	return nil
}

// admit returns the entries that are new, up to the first that contradicts what
// was delivered before.
func (r *replica) admit(entries []sdk.Entry) ([]sdk.Entry, error) {
	fresh := entries[:0:0]
	for _, e := range entries {
		isNew, err := r.door.admit(e)
		if err != nil {
			return fresh, err
		}
		if isNew {
			fresh = append(fresh, e)
		}
	}
	return fresh, nil
}

// run applies entries to one draft, publishes it and tells everybody. If one
// can't be applied, nothing of all that has happened, and done counts those
// before it.
func (r *replica) run(entries []sdk.Entry) (done int, v *verdict) {
	if len(entries) == 0 {
		return 0, nil
	}
	b := newBatch(r.board.latest.Load())
	for i, e := range entries {
		if err := b.apply(e); err != nil {
			return i, &verdict{
				phase: PhaseHalted, index: e.Index, revision: b.before,
				err: err, dump: dump(e.Data),
			}
		}
	}
	r.publish(b)
	return len(entries), nil
}

// publish shows the batch's state first: whoever is told of a change, or
// answered, afterwards reads what was written.
func (r *replica) publish(b *batch) {
	if b.moved != nil {
		r.digests.reset(b.moved.Revision())
		r.digests.add(b.moved.Revision(), b.moved.Digest())
	}
	for _, m := range b.marks {
		r.digests.add(m.revision, m.digest)
	}
	next := b.end()
	r.board.show(next)
	if b.moved != nil {
		r.feed.reset(b.moved.Revision())
	}
	r.feed.add(b.changes, next.state.Revision())
	r.waiters.applied(b.results)
	for _, h := range b.back(r.self) {
		r.waiters.dropped(h.entry, h.dropped)
		r.own.applied(h.entry, h.refused)
	}
	for _, h := range b.heard {
		r.hear(h)
	}
	r.judge(next.state.Revision())
}

// hear compares an entry's witness with what the state was here at its
// revision. One older than the ring says nothing.
func (r *replica) hear(h heard) {
	r.peers.clock(h.node, h.clockMS)
	if h.node == r.self {
		r.peers.back()
	}
	if !h.witnessed {
		return
	}
	if mine, ok := r.digests.get(h.revision); ok {
		r.peers.witness(h.node, h.revision, mine == h.digest)
	}
}

// judge quarantines the host if the other nodes say that its state is wrong.
func (r *replica) judge(revision uint64) {
	if err := r.peers.judge(); err != nil {
		_ = r.bench.pass(&verdict{phase: PhaseQuarantined, revision: revision, err: err})
	}
}
