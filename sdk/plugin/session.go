package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/backendpb"
)

type sessionStream interface {
	Send(*backendpb.PluginMessage) error
	Recv() (*backendpb.HostMessage, error)
}

// session is the plugin's end of the one ordered stream, and the state machine
// the author's backend sees.
type session struct {
	limits limits
	log    *slog.Logger
	out    *outbox

	// ctx ends with the session; its cause says why. delivery ends with it, or
	// before it, when the host closes the backend: whoever waits for the host
	// to apply waits on delivery (R17).
	ctx          context.Context
	end          context.CancelCauseFunc
	delivery     context.Context
	stopDelivery context.CancelCauseFunc

	serial   sync.Mutex    // held by the one Apply, Snapshot or Restore
	progress chan struct{} // size 1: the host has applied or read something

	mu        sync.Mutex
	lastID    uint64 // of snapshots and restores
	snapshots map[uint64]*snapshot
	restoring *restore
}

func newSession(l limits, log *slog.Logger) *session {
	s := &session{
		limits: l, log: log, out: newOutbox(l),
		progress:  make(chan struct{}, 1),
		snapshots: make(map[uint64]*snapshot),
	}
	s.ctx, s.end = context.WithCancelCause(context.Background())
	s.delivery, s.stopDelivery = context.WithCancelCause(s.ctx)
	return s
}

// hostEndedError is an end that came from the host: nobody is left to hear of it.
type hostEndedError struct{ error }

func (h hostEndedError) Unwrap() error { return h.error }

var errSessionOver = hostEndedError{&sdk.Error{Reason: sdk.ReasonClosed, Message: "the host ended the session"}}

// run sends until the session ends and returns why it did; nil if the host
// wanted it so. It is the only one that sends.
func (s *session) run(stream sessionStream) error {
	go func() { s.end(s.receive(stream)) }() // gRPC ends the stream once run has returned
	err := s.send(stream)
	s.end(err)
	return err
}

func (s *session) send(stream sessionStream) error {
	var batch []*backendpb.PluginMessage
	for {
		select {
		case <-s.out.wake:
		case <-s.ctx.Done():
			return s.sayWhy(stream)
		}
		batch = s.out.take(batch[:0])
		for i, m := range batch {
			if err := stream.Send(m); err != nil {
				return hostEndedError{fmt.Errorf("sending to the host: %w", err)}
			}
			batch[i] = nil
		}
	}
}

// sayWhy sends a status that is still waiting, since it is the last word.
func (s *session) sayWhy(stream sessionStream) error {
	for _, m := range s.out.take(nil) {
		if m.GetStatus() == nil {
			continue
		}
		if err := stream.Send(m); err != nil {
			return hostEndedError{fmt.Errorf("sending the last status: %w", err)}
		}
	}
	if cause := context.Cause(s.ctx); !errors.Is(cause, errSessionOver) {
		return cause
	}
	return nil
}

// receive answers the host until it ends the session. It never waits for the
// backend (R10).
func (s *session) receive(stream sessionStream) error {
	for {
		m, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return errSessionOver
		}
		if err != nil {
			return hostEndedError{&sdk.Error{Reason: sdk.ReasonClosed, Message: "the host is gone", Err: err}}
		}
		switch m := m.GetMessage().(type) {
		case *backendpb.HostMessage_Applied:
			s.out.release(m.Applied.GetPosition())
			s.progressed()
		case *backendpb.HostMessage_Ping:
			s.out.setPong(m.Ping.GetId())
		case *backendpb.HostMessage_RestoreDone:
			s.restored(m.RestoreDone.GetId())
		case *backendpb.HostMessage_Stop:
			s.log.Debug("the host stopped the session", "reason", m.Stop.GetReason())
			return errSessionOver
		}
	}
}

func (s *session) progressed() {
	select {
	case s.progress <- struct{}{}:
	default:
	}
}

// await waits until done is closed or, with a nil done, for the next progress.
// Without progress for the stall bound it ends the session.
func (s *session) await(ctx context.Context, done <-chan struct{}) error {
	stall := time.NewTimer(s.limits.stall)
	defer stall.Stop()
	for {
		select {
		case <-done:
			return nil
		case <-s.progress:
			if done == nil {
				return nil
			}
			stall.Reset(s.limits.stall)
		case <-stall.C:
			return s.stalled()
		case <-s.delivery.Done():
			return context.Cause(s.delivery)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// stalled says what is wrong and ends the process: a library that waits for its
// state machine can't even give up leadership any more (R17).
func (s *session) stalled() error {
	err := &sdk.Error{
		Reason:  sdk.ReasonInternal,
		Message: fmt.Sprintf("the host has applied nothing for %v while the backend waits for it: the plugin ends", s.limits.stall),
	}
	st := s.out.lastStatus()
	st.CanPropose, st.Health, st.Reason = false, sdk.HealthFailed, err.Message
	s.out.setStatus(st)
	s.end(err)
	return err
}
