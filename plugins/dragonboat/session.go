package dragonboat

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"

	library "github.com/lni/dragonboat/v4"
	"golang.org/x/sync/semaphore"
	"google.golang.org/grpc"

	"github.com/chronik-stream/metalog/internal/membership"
	"github.com/chronik-stream/metalog/internal/peerport"
	"github.com/chronik-stream/metalog/sdk"
)

// session is a running node. Its fields don't change after start.
type session struct {
	cfg     sdk.Config
	opts    Options
	host    sdk.StateMachine
	log     *slog.Logger
	disk    *disk
	trouble *trouble
	port    *peerport.Port
	node    *library.NodeHost
	machine *stateMachine
	known   *peerport.Known
	number  atomic.Uint64 // the replica's; 0: it isn't started
	chief   atomic.Uint64 // the leader's number; 0: none is known

	peers   *peerport.Peers // how other nodes are asked
	server  *grpc.Server
	moved   chan struct{}       // 1: the members may have changed
	changes *semaphore.Weighted // one change of members at a time
	compact *semaphore.Weighted // one snapshot that was asked for at a time
	board   *membership.Board
	seat    *membership.Seat
	roll    roll // the members

	ctx  context.Context // ends when the session shall end, its cause says why
	end  context.CancelCauseFunc
	work sync.WaitGroup // its goroutines
}

// Run waits for the end of the session and releases everything. Nil: it was
// closed.
func (s *session) Run() error { return errors.Join(s.seat.AwaitEnd(func() { s.tell() }), s.release()) }

// Over reports whether the session has ended, or is about to.
func (s *session) Over() bool { return s.ctx.Err() != nil }

// Close hands leadership on, if there is anyone to take it, and has the session end.
func (s *session) Close(ctx context.Context) {
	s.machine.close()
	s.seat.HandOver(ctx)
	s.end(membership.ErrOrderly)
}

// release stops what runs and closes what is open. The port goes first: from then on
// nothing that isn't on disk can be promised, and the library may go on as if it were.
func (s *session) release() error {
	var errs []error
	if s.port != nil {
		errs = append(errs, s.port.Close())
	}
	close(s.trouble.silent)
	if s.server != nil {
		s.server.Stop()
	}
	if s.peers != nil {
		s.peers.Close()
	}
	s.work.Wait()
	switch {
	case s.trouble.isStuck():
		s.log.Error("the library can't be stopped: the process has to end")
	case s.node != nil:
		s.node.Close() // and with it the log
	default:
		errs = append(errs, s.disk.log.log.Close())
	}
	return errors.Join(errs...)
}

// onLeader is told of every change, in order.
func (s *session) onLeader(number uint64) {
	s.chief.Store(number)
	s.board.SetLeader(s.roll.nameOf(number))
	s.board.Changed()
}
