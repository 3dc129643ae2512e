package metadata

import (
	"slices"

	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// NewSettle is Settle as an event.
func NewSettle(spec SettleSpec) *eventpb.Event {
	return &eventpb.Event{Command: &eventpb.Event_Settle{Settle: &eventpb.Settle{
		SettledId: slices.Clone(spec.RequestID[:]), SettledFirstRevision: spec.FirstRevision,
	}}}
}

type settle struct {
	m  *eventpb.Settle
	by RequestID // whose own request this is
}

func (c settle) id() RequestID { return RequestID(idFromEvent(c.m.GetSettledId())) }

func (c settle) encode(e *encoder) {
	e.id(c.id())
	e.uint(c.m.GetSettledFirstRevision())
}

func (c settle) check(s *State) *refusal {
	if c.id().IsZero() {
		return refuse(CodeInvalidRequest, "the id of the request to settle is all zeros: give the one that it was made with")
	}
	if c.id() == c.by {
		return refuse(CodeInvalidRequest, "a request can't settle itself: give the id of the one to settle")
	}
	if first := c.m.GetSettledFirstRevision(); first < s.requests.floor && s.requests.get(c.id()) == nil {
		return beyondWindow(first, s.requests.floor)
	}
	return nil
}

// apply either tells the answer or takes the request's id out of use: this
// event's own answer says so, and answers for both ids (request.settles). An
// answer that holds another one doesn't pass it on, or they would grow.
func (c settle) apply(d *Draft) (Response, *refusal) {
	if earlier := d.state.requests.get(c.id()); earlier != nil {
		res, _ := earlier.answer(c.id(), earlier.result.Fingerprint)
		res.Response.Settled = nil
		return Response{Settled: &res}, nil
	}
	return Response{Settled: notAttempted(c.id(), d.revision)}, nil
}

// notAttempted is the answer of a request that was settled before it came.
func notAttempted(id RequestID, revision uint64) *Result {
	return &Result{
		Request: id, Code: CodeOperationNotAttempted, Revision: revision,
		Message: "the request was settled before it arrived, and will never be applied: make a new one",
	}
}

// Answer is what a request with this id and fingerprint would get without being
// applied; not ok: there is nothing stored for it. Any goroutine may ask.
func (s *State) Answer(id RequestID, fp Fingerprint) (Result, bool) {
	r := s.requests.get(id)
	if r == nil {
		return Result{}, false
	}
	return r.answer(id, fp)
}

// Outcome is what became of a request, as far as this state goes. Any goroutine
// may ask.
func (s *State) Outcome(id RequestID, firstRevision uint64) Outcome {
	if r := s.requests.get(id); r != nil {
		res, _ := r.answer(id, r.result.Fingerprint)
		return Outcome{Fate: FateAnswered, Answer: res}
	}
	if firstRevision < s.requests.floor {
		return Outcome{Fate: FateBeyondWindow}
	}
	return Outcome{Fate: FateNotSeen}
}
