package plugin

import (
	"context"
	"errors"
	"fmt"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/backendpb"
)

// Open opens the backend. The reply names the newest status, so that the host
// can have read it before it believes the backend open.
func (e *Engine) Open(ctx context.Context, req *backendpb.OpenRequest) (*backendpb.OpenResponse, error) {
	s, err := e.live()
	if err == nil {
		err = e.open(ctx, s, req)
	}
	r := &backendpb.OpenResponse{Failure: failureOf(err)}
	if s != nil {
		_, r.StatusSequence = s.out.reached()
	}
	return r, nil
}

func (e *Engine) open(ctx context.Context, s *session, req *backendpb.OpenRequest) (err error) {
	ctx, settle, err := e.replica.start(ctx)
	if err != nil {
		return err
	}
	var opened sdk.Backend
	defer func() { settle(opened) }()
	defer s.protect("Open", &err)
	b := e.spec.New()
	if err := b.Open(ctx, e.config(req), s); err != nil {
		return err
	}
	opened = b
	e.watch(s, b)
	return nil
}

// watch ends the session when a backend that can end by itself has done so. The
// goroutine ends with the session.
func (e *Engine) watch(s *session, b sdk.Backend) {
	l, ok := b.(sdk.Lifetime)
	if !ok {
		return
	}
	go func() {
		select {
		case <-s.ctx.Done():
		case <-l.Done():
			if e.replica.closing() {
				return
			}
			s.end(endedItself(l.Err()))
		}
	}()
}

// endedItself keeps a reason that makes another attempt useless.
func endedItself(err error) error {
	e := &sdk.Error{Reason: sdk.ReasonClosed, Message: "the backend ended by itself", Err: err}
	if cause, ok := errors.AsType[*sdk.Error](err); ok && cause.Reason.Terminal() {
		e.Reason = cause.Reason
	}
	return e
}

func (e *Engine) config(req *backendpb.OpenRequest) sdk.Config {
	c := configFromPB(req)
	c.Logger = e.log
	return c
}

// Inspect reads a stopped directory into the session, instead of Open.
func (e *Engine) Inspect(ctx context.Context, req *backendpb.OpenRequest) (*backendpb.InspectResponse, error) {
	s, err := e.live()
	if err == nil {
		err = e.inspect(ctx, s, req)
	}
	r := &backendpb.InspectResponse{Failure: failureOf(err)}
	if s != nil {
		r.Position, _ = s.out.reached()
	}
	return r, nil
}

func (e *Engine) inspect(ctx context.Context, s *session, req *backendpb.OpenRequest) (err error) {
	if !e.spec.Claims.Has(sdk.CanInspect) {
		return unsupported(e.spec, sdk.CanInspect)
	}
	ctx, settle, err := e.replica.start(ctx)
	if err != nil {
		return err
	}
	defer settle(nil)
	defer s.protect("Inspect", &err)
	i, ok := e.spec.New().(sdk.Inspector)
	if !ok {
		return unsupported(e.spec, sdk.CanInspect)
	}
	return i.Inspect(ctx, e.config(req), s)
}

// Close lets a blocked Apply return before the backend is asked to close.
func (e *Engine) Close(ctx context.Context, _ *backendpb.CloseRequest) (*backendpb.CloseResponse, error) {
	s, err := e.live()
	if err != nil {
		return &backendpb.CloseResponse{Failure: failureOf(err)}, nil
	}
	s.stopDelivery(&sdk.Error{Reason: sdk.ReasonClosed, Message: "the host is closing the backend"})
	return &backendpb.CloseResponse{Failure: failureOf(e.close(ctx, s))}, nil
}

func (e *Engine) close(ctx context.Context, s *session) (err error) {
	b, err := e.replica.finish(ctx)
	if err != nil || b == nil {
		return err
	}
	defer s.protect("Close", &err)
	return b.Close(ctx)
}

// ReadBarrier answers with the position that has to be applied for it to hold (R15).
func (e *Engine) ReadBarrier(ctx context.Context, _ *backendpb.ReadBarrierRequest) (*backendpb.ReadBarrierResponse, error) {
	s, err := use(e, sdk.CanReadBarrier, "ReadBarrier", func(b sdk.ReadBarrierer) error { return b.ReadBarrier(ctx) })
	r := &backendpb.ReadBarrierResponse{Failure: failureOf(err)}
	if err == nil {
		r.Position, _ = s.out.reached()
	}
	return r, nil
}

// TransferLeadership hands leadership on.
func (e *Engine) TransferLeadership(ctx context.Context, req *backendpb.TransferLeadershipRequest) (*backendpb.TransferLeadershipResponse, error) {
	_, err := use(e, sdk.CanTransfer, "TransferLeadership", func(b sdk.Transferer) error {
		return b.TransferLeadership(ctx, req.GetTo())
	})
	return &backendpb.TransferLeadershipResponse{Failure: failureOf(err)}, nil
}

// ChangeMembership changes one member.
func (e *Engine) ChangeMembership(ctx context.Context, req *backendpb.ChangeMembershipRequest) (*backendpb.ChangeMembershipResponse, error) {
	_, err := use(e, sdk.CanMembership, "ChangeMembership", func(b sdk.Membership) error {
		return changeMembership(ctx, b, req)
	})
	return &backendpb.ChangeMembershipResponse{Failure: failureOf(err)}, nil
}

func changeMembership(ctx context.Context, b sdk.Membership, req *backendpb.ChangeMembershipRequest) error {
	peer := sdk.Peer{NodeID: req.GetNode(), Address: req.GetAddress()}
	switch req.GetChange() {
	case backendpb.ChangeMembershipRequest_CHANGE_ADD_LEARNER:
		return b.AddLearner(ctx, peer, req.GetExpected())
	case backendpb.ChangeMembershipRequest_CHANGE_ADD_VOTER:
		return b.AddVoter(ctx, peer, req.GetExpected())
	case backendpb.ChangeMembershipRequest_CHANGE_PROMOTE:
		return b.Promote(ctx, peer.NodeID, req.GetExpected())
	case backendpb.ChangeMembershipRequest_CHANGE_REMOVE:
		return b.Remove(ctx, peer.NodeID, req.GetExpected())
	default:
		return &sdk.Error{
			Reason: sdk.ReasonUnsupported, Outcome: sdk.NotAppended,
			Message: fmt.Sprintf("this plugin does not know membership change %d", req.GetChange()),
		}
	}
}

// Compact drops what a snapshot covers.
func (e *Engine) Compact(ctx context.Context, _ *backendpb.CompactRequest) (*backendpb.CompactResponse, error) {
	_, err := use(e, sdk.CanCompact, "Compact", func(b sdk.Compacter) error { return b.Compact(ctx) })
	return &backendpb.CompactResponse{Failure: failureOf(err)}, nil
}

// use calls an ability that is both claimed and there.
func use[T any](e *Engine, claim sdk.Claim, doing string, call func(T) error) (s *session, err error) {
	s, err = e.live()
	if err != nil {
		return nil, err
	}
	if !e.spec.Claims.Has(claim) {
		return s, unsupported(e.spec, claim)
	}
	b, err := e.replica.ready()
	if err != nil {
		return s, err
	}
	ability, ok := b.(T)
	if !ok {
		return s, unsupported(e.spec, claim)
	}
	defer s.protect(doing, &err)
	return s, call(ability)
}

func unsupported(spec Spec, claim sdk.Claim) error {
	return &sdk.Error{
		Reason: sdk.ReasonUnsupported, Outcome: sdk.NotAppended,
		Message: fmt.Sprintf("backend %s does not have the ability %s", spec.Name, claim),
	}
}
