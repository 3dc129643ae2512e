package host

import (
	"context"
	"errors"
	"time"

	"github.com/chronik-stream/metalog/metadata/eventpb"
	"github.com/chronik-stream/metalog/sdk"
)

// orders carries out what somebody asks of the whole cluster, other than events.
// Any goroutine may use it.
type orders struct {
	own     *ownEntries
	author  *author
	writer  *writer
	current func() *session // nil: there is none that could be asked
}

// How long it waits before it proposes again.
const (
	againFirst = 20 * time.Millisecond
	againMax   = time.Second
)

// carryOut proposes entries until one has come back here and did what it is for, or
// was refused. An entry whose outcome isn't known is followed by another, so it
// must do no harm twice. Done tells whether the state here is as the entry makes it:
// that is asked after a snapshot took the state's place, and about a refusal that
// may be due to an earlier entry.
//
// An error matches sdk.ErrNotAppended if nothing that was proposed has done or will
// do anything, and leaves that open otherwise.
func (o *orders) carryOut(ctx context.Context, entry func() *eventpb.Entry, done func() bool) error {
	if err := o.writer.open(ctx); err != nil {
		return err
	}
	var open bool // an entry may still come
	for wait := againFirst; ; wait = min(2*wait, againMax) {
		if ctx.Err() != nil {
			return leftOpen(open, notAppended(sdk.ReasonTimeout, "nothing more was proposed", context.Cause(ctx)))
		}
		err := o.once(ctx, entry())
		switch {
		case err == nil, (open || errors.Is(err, errRestored)) && done():
			return nil
		case sdk.OutcomeOf(err) == sdk.Unknown:
			open = true
		case !errors.Is(err, sdk.ErrClosed):
			return leftOpen(open, err)
		}
		if err := o.pause(ctx, wait, err); err != nil {
			return leftOpen(open, err)
		}
	}
}

// passing reports whether the backend may take soon what it didn't take now.
func passing(err error) bool {
	return errors.Is(err, sdk.ErrNotAppended) && (errors.Is(err, sdk.ErrNoQuorum) || errors.Is(err, sdk.ErrOverloaded))
}

// once proposes e in the session that there is. The session's end ends it.
func (o *orders) once(ctx context.Context, e *eventpb.Entry) error {
	s := o.current()
	if s == nil {
		return notAppended(sdk.ReasonClosed, whyNotOpen, nil)
	}
	ctx, cancel := context.WithTimeout(ctx, proposeTimeout)
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)()
	return o.own.send(ctx, s.backend, e)
}

// pause waits before the next attempt. The error says why there is none; last is
// what the attempt before ended with.
func (o *orders) pause(ctx context.Context, wait time.Duration, last error) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-o.writer.phases.over:
		return o.writer.stopped(errStopping)
	case <-ctx.Done():
		return notAppended(sdk.ReasonTimeout, "the cluster didn't do it in time: "+last.Error(), context.Cause(ctx))
	}
}

// leftOpen is err with what may be believed after it.
func leftOpen(open bool, err error) error {
	if !open {
		return err
	}
	return &sdk.Error{Reason: sdk.ReasonTimeout, Message: "outcome unknown: it was proposed and hasn't come back; it may be repeated", Err: err}
}
