package hashiraft

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"
	"google.golang.org/grpc"

	"github.com/chronik-stream/metalog/internal/membership"
	"github.com/chronik-stream/metalog/internal/peerport"
	"github.com/chronik-stream/metalog/sdk"
)

// session is a running node. Its fields don't change after start.
type session struct {
	cfg   sdk.Config
	opts  Options
	sm    sdk.StateMachine
	log   *slog.Logger
	disk  *disk
	port  *peerport.Port
	trans *raft.NetworkTransport
	raft  *raft.Raft
	fsm   *stateMachine
	known *peerport.Known

	peers   *peerport.Peers // how other nodes are asked
	server  *grpc.Server
	rounds  *rounds
	changes sync.Mutex        // one change of members at a time
	compact sync.Mutex        // one snapshot that was asked for at a time
	board   *membership.Board // what is shown of this node
	seat    *membership.Seat

	ctx  context.Context // ends when the session shall end, its cause says why
	end  context.CancelCauseFunc
	work sync.WaitGroup // its goroutines

	restored  bool          // of the state machine's: there has been a Restore
	barriered atomic.Uint64 // the last term in which this node, as its leader, has committed something

	mu       sync.Mutex // guards released, and with it that nothing joins work after its end
	released bool
}

// Run waits for the end of the session and releases everything. Nil: it was
// closed.
func (s *session) Run() error { return errors.Join(s.seat.AwaitEnd(func() { s.tell() }), s.release()) }

// Over reports whether the session has ended, or is about to.
func (s *session) Over() bool { return s.ctx.Err() != nil }

// Close hands leadership on, if there is anyone to take it, and has the session end.
func (s *session) Close(ctx context.Context) {
	s.fsm.close()
	s.seat.HandOver(ctx)
	s.end(membership.ErrOrderly)
}

// release stops what runs and closes what is open, in the opposite order. The
// port goes first: from then on nothing that isn't on disk can be promised.
func (s *session) release() error {
	var errs []error
	if s.trans != nil {
		errs = append(errs, s.trans.Close())
	}
	if s.port != nil {
		errs = append(errs, s.port.Close())
	}
	if s.raft != nil {
		errs = append(errs, s.raft.Shutdown().Error(), s.noteCommitted())
	}
	if s.server != nil {
		s.server.Stop()
	}
	if s.peers != nil {
		s.peers.Close()
	}
	s.mu.Lock()
	s.released = true
	s.mu.Unlock()
	s.work.Wait()
	return errors.Join(append(errs, s.disk.close())...)
}

// noteCommitted leaves for Inspect how far the log is committed.
func (s *session) noteCommitted() error {
	index := max(s.raft.CommitIndex(), s.raft.AppliedIndex())
	if !errors.Is(context.Cause(s.ctx), membership.ErrOrderly) || index == 0 {
		return nil
	}
	return s.disk.keepCommitted(index)
}

// spawn runs f as part of the session. After its end f runs all the same, and
// finds everything closed.
func (s *session) spawn(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.released {
		go f()
		return
	}
	s.work.Go(f)
}

// watchDisk ends the session when the log can't be trusted any more, and shows a
// disk that is merely full.
func (s *session) watchDisk() {
	tick := time.NewTicker(reportEvery)
	defer tick.Stop()
	for {
		select {
		case err := <-s.disk.store.broken:
			s.end(err)
			return
		case <-tick.C:
			s.board.SetFull(s.disk.store.trouble())
			if stalled := s.disk.stalls.stalled(); stalled > maxStall {
				s.end(fmt.Errorf("the disk has not finished a write for %s: another node is to lead", stalled.Round(time.Second)))
				return
			}
		case <-s.ctx.Done():
			return
		}
	}
}

// onMembers is told of every committed configuration, in order; after a restart
// of those since the snapshot once more.
func (s *session) onMembers(index uint64, c raft.Configuration) {
	if err := s.known.SetMembers(index, membership.Names(membersOf(c))); err != nil {
		s.end(err)
	}
	s.board.Changed()
}

// onRestore follows a snapshot of another node's, not that of the own disk, which
// comes first if there is one. The library calls it before it knows the members
// of the snapshot; ask finds them out.
func (s *session) onRestore() {
	own := !s.restored && s.disk.store.newest.index() > 0
	s.restored = true
	if own {
		return
	}
	if err := s.known.Reset(); err != nil {
		s.end(err)
	}
}
