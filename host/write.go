package host

import (
	"context"
	"time"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
	"github.com/chronik-stream/metalog/sdk"
)

// writer takes events to the queue and waits for what becomes of them. Any
// goroutine may use it.
type writer struct {
	now     func() time.Time
	newID   func() [16]byte
	board   *board
	peers   *peers
	phases  *phases
	bench   *bench
	queue   *queue
	waiters *waiters
	replica *replica
}

// write is seam's. Time and ids enter an event here and nowhere else.
func (w *writer) write(ctx context.Context, ev *eventpb.Event, o metadata.WriteOptions) (metadata.Result, request, error) {
	if err := w.open(ctx); err != nil {
		return metadata.Result{}, request{id: o.RequestID}, err
	}
	v := w.board.latest.Load()
	req := stamp(ev, o, w.newID, v.state.Revision(), w.now().UnixMilli())
	if why := v.shut(); why != nil {
		return atTheDoor(v, ev, req, why)
	}
	if o.ValidateOnly {
		res := w.replica.check(ev)
		return res, req, refusal(res)
	}
	if err := w.peers.stampable(); err != nil {
		return metadata.Result{}, req, err
	}
	data, err := metadata.Encode(ev)
	if err != nil {
		return metadata.Result{}, req, err
	}
	a := w.send(ctx, newCall(req.id, metadata.FingerprintOf(ev), data))
	if a.err != nil {
		return metadata.Result{}, req, repeatable(a.err, req)
	}
	return a.result, req, refusal(a.result)
}

// atTheDoor answers a write that apply would drop because of why. What was answered
// before gets that answer, as it would without a seal: nothing has to be applied
// for it.
func atTheDoor(v *view, ev *eventpb.Event, req request, why error) (metadata.Result, request, error) {
	if res, known := v.state.Answer(req.id, metadata.FingerprintOf(ev)); known {
		res.Deduplicated = true
		return res, req, refusal(res)
	}
	return metadata.Result{}, req, why
}

// open waits until the host has been ready once: before that, what it would
// stamp is not what it will know. Afterwards a write waits in the queue for the
// backend.
func (w *writer) open(ctx context.Context) error {
	select {
	case <-w.phases.ready:
	case <-w.phases.over:
		return w.stopped(errStopping)
	case <-ctx.Done():
		return notAppended(sdk.ReasonTimeout, "this node isn't ready yet, nothing was proposed", ctx.Err())
	}
	return w.stopped(nil)
}

// stopped says why the host has stopped for good, if it has; else it is err.
func (w *writer) stopped(err error) error {
	if v := w.bench.err(); v != nil {
		return notAppended(sdk.ReasonClosed, "this node has stopped for good, use another: "+v.Error(), nil)
	}
	return err
}

// send queues c and waits for its answer. Whoever returns has left nothing
// behind in the queue or among the waiters.
func (w *writer) send(ctx context.Context, c *call) answer {
	w.waiters.add(c)
	defer w.waiters.remove(c)
	if err := w.queue.push(c); err != nil {
		return answer{err: err}
	}
	defer w.queue.remove(c)
	select {
	case a := <-c.done:
		return a
	case <-ctx.Done():
		return w.giveUp(ctx, c)
	}
}

// giveUp tells what a caller may believe that waits no longer.
func (w *writer) giveUp(ctx context.Context, c *call) answer {
	gone := w.queue.remove(c)
	select {
	case a := <-c.done:
		return a
	default:
	}
	if gone {
		return answer{err: notAppended(sdk.ReasonTimeout, "the backend took nothing in time, nothing was proposed", ctx.Err())}
	}
	return answer{err: &sdk.Error{
		Reason: sdk.ReasonTimeout, Outcome: sdk.Unknown, Err: ctx.Err(),
		Message: "outcome unknown: the write was proposed and hasn't come back",
	}}
}

// recovered is called once a session's first barrier is back and before it
// proposes for anybody. Without other nodes everything that earlier sessions
// have stored has come by then, and an entry that didn't was lost with its
// session: waiting longer tells nothing. Among several nodes it may still be on
// its way to the leader.
func (w *writer) recovered(s *session) {
	if !s.info.Claims.Has(sdk.Replicated) {
		w.waiters.lost(errUnknown("the write was proposed, the backend ended, and the write isn't in what it holds now"))
	}
}

// drain refuses what comes from now on and, while there is a backend, waits for
// what is under way, at most until ctx ends.
func (w *writer) drain(ctx context.Context) {
	w.queue.close()
	if serving(w.phases.serving.Load()) != servingLive {
		return
	}
	select {
	case <-w.waiters.idle():
	case <-ctx.Done():
	}
}

// abandon answers everybody who is left: nothing more will come back.
func (w *writer) abandon() {
	w.queue.close()
	w.waiters.failAll(
		errUnknown("the write was proposed, and this node stopped before it came back"),
		notAppended(sdk.ReasonClosed, "this node stopped before the write was proposed", nil),
	)
}
