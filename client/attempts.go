package client

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/chronik-stream/metalog/api/convert"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// Waits between attempts; an overloaded node may ask for longer ones.
const (
	retryFirst = 20 * time.Millisecond
	retryMax   = time.Second
)

// firstPatience is how long the first attempt is waited for; each later one has
// twice as long. A write that was lost on its way, such as with a backend's
// process, is thus repeated long before the caller's time is up.
const firstPatience = 2 * time.Second

// attempts is one write through all its attempts, which share an id and a
// first revision. One goroutine uses it.
type attempts struct {
	client   *Client
	options  metadata.WriteOptions
	own      bool  // the client chose the id: nobody else has ever used it
	open     error // of the last attempt that left the outcome open; nil: none did
	renewed  bool  // the first revision has been replaced, which happens once
	patience time.Duration
	waits    *backoff.ExponentialBackOff
	end      time.Time
}

func newAttempts(c *Client, o metadata.WriteOptions) *attempts {
	waits := backoff.NewExponentialBackOff()
	waits.InitialInterval, waits.MaxInterval = retryFirst, retryMax
	return &attempts{
		client: c, options: o, own: o.RequestID.IsZero(),
		patience: firstPatience, waits: waits, end: time.Now().Add(c.retryFor),
	}
}

// prepare gives the write an id and a first revision where the caller didn't.
func (a *attempts) prepare(ctx context.Context) error {
	if a.own {
		a.options.RequestID = a.client.newID()
	}
	if a.options.FirstRevision != nil {
		return nil
	}
	if rev, known := a.client.seen.get(); known {
		a.options.FirstRevision = &rev
		return nil
	}
	return a.renew(ctx)
}

// renew asks the node for its revision and takes it as the first.
func (a *attempts) renew(ctx context.Context) error {
	st, err := a.client.Status(ctx)
	if err != nil {
		return convert.Matching(err.Error(), err, &sdk.Error{Outcome: sdk.NotAppended, Message: err.Error()})
	}
	rev := st.GetRevision()
	a.client.seen.learn(rev)
	a.options.FirstRevision = &rev
	return nil
}

// next is the context of one attempt. The last one that there is time for may
// take as long as the caller allows.
func (a *attempts) next(ctx context.Context) (context.Context, context.CancelFunc) {
	give := time.Now().Add(a.patience)
	a.patience *= 2
	if give.After(a.end) {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, give)
}

// after decides what follows from an attempt's error: another attempt, or the
// error to return.
func (a *attempts) after(ctx context.Context, err error) (again bool, final error) {
	switch {
	case a.misfit(err) && a.own && a.open == nil && !a.renewed:
		a.renewed = true
		if err := a.renew(ctx); err != nil {
			return false, err
		}
		return true, nil
	case beyondWindow(err):
		return false, a.forgotten(err)
	case errors.Is(err, metadata.ErrSealed) && a.open != nil:
		return false, a.unknown(a.open)
	case errors.Is(err, metadata.ErrSealed):
		return false, err
	case errors.Is(err, sdk.ErrOutcomeUnknown):
		a.open = err
	case errors.Is(err, sdk.ErrNotAppended):
		if a.open == nil && !passing(ctx, err) {
			return false, err
		}
	default:
		return false, err
	}
	if a.pause(ctx, err) {
		return true, nil
	}
	if a.open != nil {
		return false, a.unknown(a.open)
	}
	return false, err
}

// misfit reports whether err refuses the first revision and not the write: it
// is too old for the node's window, or the node hasn't come so far, as when it
// was set up anew. If no other attempt ever had the id, nothing has happened
// under it and nothing will, so that another first revision is safe.
func (a *attempts) misfit(err error) bool {
	refusal, ok := errors.AsType[*metadata.Error](err)
	return beyondWindow(err) ||
		ok && refusal.Code == metadata.CodeInvalidRequest && *a.options.FirstRevision > refusal.Revision
}

// forgotten is what to return for err, which says that answers as old as the
// first revision are no longer kept. Where nothing ever happened under the id, it
// is the older request's that a Settle asked for, and repeating this one tells no
// more.
func (a *attempts) forgotten(err error) error {
	if a.own && a.open == nil {
		return err
	}
	return a.unknown(err)
}

// unknown wraps err with what to repeat.
func (a *attempts) unknown(err error) error {
	return &UnknownOutcome{RequestID: a.options.RequestID, FirstRevision: *a.options.FirstRevision, Err: err}
}

// pause waits before the next attempt; false says that there is no time for
// one.
func (a *attempts) pause(ctx context.Context, err error) bool {
	if errors.Is(err, net.ErrClosed) {
		return false
	}
	wait := a.waits.NextBackOff()
	if e, ok := errors.AsType[*sdk.Error](err); ok {
		wait = max(wait, e.RetryAfter)
	}
	next := time.Now().Add(wait)
	if deadline, ok := ctx.Deadline(); next.After(a.end) || ok && next.After(deadline) {
		return false
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// passing reports whether a write that wasn't appended has a fair chance soon.
// A deadline that isn't ctx's was the attempt's own.
func passing(ctx context.Context, err error) bool {
	return errors.Is(err, sdk.ErrNoQuorum) || errors.Is(err, sdk.ErrOverloaded) ||
		errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil
}

// beyondWindow reports whether err is the refusal that G7 gives to a first
// revision below the floor.
func beyondWindow(err error) bool {
	refusal, ok := errors.AsType[*metadata.Error](err)
	return ok && refusal.Code == metadata.CodeRequestTimedOut
}
