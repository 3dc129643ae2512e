package metadata

import (
	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// maxBatchChanges bounds the work of one event: a few operations can change all
// partitions of a broker each. What one operation does by itself is allowed.
const maxBatchChanges = 100_000

type batch struct{ m *eventpb.Batch }

func (c batch) encode(e *encoder) {
	e.list(len(c.m.GetPreconditions()))
	for _, p := range c.m.GetPreconditions() {
		encodePrecondition(e, p)
	}
	e.list(len(c.m.GetOperations()))
	for _, op := range c.m.GetOperations() {
		inner, kind := commandOf(op)
		e.uint(kind)
		if inner != nil {
			inner.encode(e)
		}
	}
}

func (c batch) check(s *State) *refusal {
	n := len(c.m.GetOperations())
	if n == 0 || n > MaxBatch {
		return refuse(CodeInvalidRequest, "a batch of %d operations isn't possible: give 1 to %d", n, MaxBatch)
	}
	for i, op := range c.m.GetOperations() {
		switch inner, _ := commandOf(op); inner.(type) {
		case nil:
			return refuse(CodeInvalidRequest, "operation %d is none: leave it out", i)
		case batch, settle, setFeatureLevel, resetClock:
			return refuse(CodeInvalidRequest, "operation %d can't be in a batch: make a request of its own of it", i)
		}
	}
	for i, p := range c.m.GetPreconditions() {
		if r := s.checkPrecondition(p); r != nil {
			return refuse(r.code, "precondition %d: %s", i, r.message)
		}
	}
	return nil
}

// apply does every operation on what those before it left, and undoes all when
// one is refused, be it in one item only.
func (c batch) apply(d *Draft) (Response, *refusal) {
	before := d.savepoint()
	answers := &BatchAnswers{Operations: make([]Response, 0, len(c.m.GetOperations())), Failed: -1}
	room := maxNewPartitions
	for i, op := range c.m.GetOperations() {
		partitions := d.state.partitions
		res, r := d.operation(op)
		if grown := d.state.partitions - partitions; r == nil && grown > 0 {
			if room -= grown; room < 0 {
				r = refuse(CodeInvalidRequest, "a batch creates at most %d partitions: split it", maxNewPartitions)
			}
		}
		if changes := len(d.changes) - before.changes; r == nil && changes > maxBatchChanges {
			r = refuse(CodeInvalidRequest, "a batch changes at most %d records, each time one is changed: split it", maxBatchChanges)
		}
		if r != nil {
			d.rollback(before)
			return Response{Batch: &BatchAnswers{Failed: int32(i)}}, refuse(r.code, "operation %d: %s", i, r.message)
		}
		answers.Operations = append(answers.Operations, res)
	}
	return Response{Batch: answers}, nil
}

// operation does one, with the event's revision and time. An item of it that is
// refused refuses all of it.
func (d *Draft) operation(op *eventpb.Event) (Response, *refusal) {
	res, r := d.tryOperation(op)
	checkOutcome(op, d.revision, r, res.Failed)
	if r == nil && len(res.Failed) > 0 {
		first := res.Failed[0]
		r = refuse(first.Code, "item %d: %s", first.Index, first.Code)
	}
	return res, r
}

func (d *Draft) tryOperation(op *eventpb.Event) (Response, *refusal) {
	c, _ := commandOf(op)
	if r := d.state.checkLevel(c); r != nil {
		return Response{}, r
	}
	if r := c.check(&d.state); r != nil {
		return Response{}, r
	}
	return c.apply(d)
}

// savepoint is a draft's state in the middle of an event.
type savepoint struct {
	state   State
	changes int
}

// savepoint makes everything that was changed so far be copied before it is
// changed again, as if it were published.
func (d *Draft) savepoint() savepoint {
	s := savepoint{d.state, len(d.changes)}
	d.state.generation++
	d.state.share()
	d.last = nil
	return s
}

func (d *Draft) rollback(s savepoint) {
	d.state = s.state
	d.last = nil
	d.changes = d.changes[:s.changes]
}
