package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"sync/atomic"

	"github.com/chronik-stream/metalog/internal/boltlog"
	"github.com/chronik-stream/metalog/sdk"
)

// proposal waits in the queue until the committer takes it or its caller
// withdraws it, whichever comes first.
type proposal struct {
	value  []byte // room for the checksum, then our copy of the data
	claim  atomic.Bool
	answer chan error // 1
}

// take decides between the committer and a caller that gives up.
func (p *proposal) take() bool { return p.claim.CompareAndSwap(false, true) }

// Propose returns nil when data is on disk. NotAppended is exact: the caller
// gave up, or the session ended, before the committer had taken it.
func (b *Backend) Propose(ctx context.Context, data []byte) error {
	if len(data) > sdk.MaxEntrySize {
		return &sdk.Error{
			Reason: sdk.ReasonTooLarge, Outcome: sdk.NotAppended,
			Message: fmt.Sprintf("an entry of %d bytes: at most %d are allowed", len(data), sdk.MaxEntrySize),
		}
	}
	s := b.current()
	if s == nil {
		return errClosed()
	}
	p := &proposal{value: make([]byte, boltlog.Room+len(data)), answer: make(chan error, 1)}
	copy(p.value[boltlog.Room:], data)
	select {
	case b.queue <- p:
	case <-s.over:
		return errClosed()
	case <-ctx.Done():
		return gaveUp(ctx, "given up before it was proposed", sdk.NotAppended)
	}
	return p.wait(ctx, s.over)
}

func (p *proposal) wait(ctx context.Context, over <-chan struct{}) error {
	select {
	case err := <-p.answer:
		return err
	case <-ctx.Done():
		if p.take() {
			return gaveUp(ctx, "given up while it was waiting", sdk.NotAppended)
		}
		return gaveUp(ctx, "given up while it was written", sdk.Unknown)
	case <-over:
		if p.take() {
			return errClosed()
		}
		return <-p.answer // the committer answers all that it has taken
	}
}

// commit is the one goroutine that appends to the log: everything that is
// waiting in one transaction.
func (s *session) commit(ctx context.Context) error {
	company := false // the last group had more than one
	for {
		var g group
		select {
		case <-ctx.Done():
			return nil
		case p := <-s.queue:
			g.add(p)
		}
		s.gather(&g, company)
		if len(g.proposals) == 0 {
			continue
		}
		company = len(g.proposals) > 1
		if err := s.write(ctx, &g); err != nil {
			return err
		}
		if s.log.Size() > s.state.limit.Load() {
			signal(s.due)
		}
	}
}

// gatherIdle is how many looks at an empty queue end the gathering. With 256
// writers one look left groups small; three and eight measured alike.
const gatherIdle = 4

// group is what one transaction writes.
type group struct {
	proposals []*proposal
	values    [][]byte
	size      int
}

func (g *group) add(p *proposal) {
	if p.take() {
		g.proposals = append(g.proposals, p)
		g.values = append(g.values, p.value)
		g.size += len(p.value)
	}
}

func (g *group) full() bool { return len(g.values) >= groupEntries || g.size >= groupBytes }

// gather adds what is waiting. With company about it lets the other goroutines
// run as long as that brings more, since those just answered are about to
// propose again; a lone writer is never made to wait.
func (s *session) gather(g *group, company bool) {
	for idle := 0; !g.full() && idle < gatherIdle; idle++ {
		before := len(g.values)
		s.drain(g)
		if len(g.values) > before {
			idle = 0
		}
		if company || len(g.values) > 1 {
			runtime.Gosched()
		}
	}
}

func (s *session) drain(g *group) {
	for !g.full() {
		select {
		case p := <-s.queue:
			g.add(p)
		default:
			return
		}
	}
}

// write makes a group durable, sends it on its way to the host and answers.
func (s *session) write(ctx context.Context, g *group) error {
	index := s.log.Last()
	if err := s.log.Append(g.values); err != nil {
		return s.failed(g, err)
	}
	s.state.commit.Store(s.log.Last())
	s.healthy()
	entries := make([]sdk.Entry, len(g.values))
	for i, v := range g.values {
		entries[i] = sdk.Entry{Index: index + uint64(i) + 1, Data: v[boltlog.Room:]}
	}
	sent := false
	select {
	case s.fresh <- entries: // the host's callers wait for this one
		sent = true
	default:
	}
	for _, p := range g.proposals {
		p.answer <- nil
	}
	if !sent {
		select {
		case s.fresh <- entries:
		case <-ctx.Done():
		}
	}
	return nil
}

// failed answers a group that couldn't be written. bbolt writes the pages,
// syncs them, then writes and syncs the meta page that makes them count. If
// the file still ends where it did, the meta page wasn't written and none of
// the group can ever appear. A full disk does no more harm than that, and the
// session goes on; after any other failure, a failed fsync above all, the disk
// can't be trusted to hold what it says, and the session ends.
func (s *session) failed(g *group, err error) error {
	failure := &sdk.Error{Reason: sdk.ReasonInternal, Message: "write " + s.log.Path(), Err: &boltlog.BrokenDiskError{Err: err}}
	if s.log.RolledBack() {
		failure.Outcome = sdk.NotAppended
	}
	full := boltlog.NoSpace(err) && failure.Outcome == sdk.NotAppended
	if full {
		if path, ok := errors.AsType[*fs.PathError](err); ok {
			err = path.Err // it would name the file twice
		}
		failure.Message, failure.Err = "the disk is full, nothing was written; free some space and try again: write "+s.log.Path(), err
		s.degraded(failure.Error())
	}
	for _, p := range g.proposals {
		p.answer <- failure
	}
	if full {
		return nil
	}
	return failure
}
