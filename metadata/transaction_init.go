package metadata

import (
	"math"

	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// lastUsableEpoch is the epoch after which a producer gets another id: the one
// above it is kept for fencing (Kafka's isEpochExhausted).
const lastUsableEpoch = math.MaxInt16 - 1

// NewInitProducer is X1 as an event.
func NewInitProducer(spec InitProducerSpec) *eventpb.Event {
	return &eventpb.Event{Command: &eventpb.Event_InitProducer{InitProducer: &eventpb.InitProducer{
		TransactionalId:    spec.TransactionalID,
		TimeoutMs:          spec.TimeoutMS,
		ExpectedProducerId: spec.ExpectedProducerID,
		ExpectedEpoch:      int32(spec.ExpectedEpoch),
	}}}
}

type initProducer struct{ m *eventpb.InitProducer }

func (c initProducer) encode(e *encoder) {
	e.str(c.m.GetTransactionalId())
	e.int(int64(c.m.GetTimeoutMs()))
	e.int(c.m.GetExpectedProducerId())
	e.int(int64(c.m.GetExpectedEpoch()))
}

func (c initProducer) check(s *State) *refusal {
	id := c.m.GetTransactionalId()
	if id == "" {
		return noTransactionalID()
	}
	if ms := c.m.GetTimeoutMs(); ms <= 0 || ms > MaxTransactionTimeoutMS {
		return refuse(CodeInvalidTransactionTimeout, "a transaction can't time out after %d ms: give 1 to %d", ms, MaxTransactionTimeoutMS)
	}
	if pid, epoch := c.m.GetExpectedProducerId(), c.m.GetExpectedEpoch(); (pid == NoProducer) != (epoch == int32(NoEpoch)) {
		return refuse(CodeInvalidRequest, "producer id %d and epoch %d don't go together: give both, or -1 for both", pid, epoch)
	}
	t := s.transactions.get(id)
	if t == nil {
		return s.checkProducerIDsLeft()
	}
	if c.expects() && !c.knows(t) {
		return t.fenced(c.m.GetExpectedProducerId(), c.m.GetExpectedEpoch())
	}
	return c.checkState(s, t)
}

func (c initProducer) checkState(s *State, t *Transaction) *refusal {
	switch t.State {
	case TransactionPrepareCommit, TransactionPrepareAbort:
		return t.busy()
	case TransactionOngoing:
		return nil // apply aborts it, and then refuses
	default:
	}
	if c.rotates(t) {
		return s.checkProducerIDsLeft()
	}
	epoch := c.m.GetExpectedEpoch()
	if c.expects() && epoch != int32(t.Epoch) && epoch != int32(t.LastEpoch) {
		return t.fenced(c.m.GetExpectedProducerId(), epoch)
	}
	return nil
}

func (c initProducer) expects() bool { return c.m.GetExpectedProducerId() != NoProducer }

// knows reports whether the expected producer id is t's, or the one before it
// whose epochs are used up.
func (c initProducer) knows(t *Transaction) bool {
	pid := c.m.GetExpectedProducerId()
	return pid == t.ProducerID || pid == t.PreviousProducer && c.m.GetExpectedEpoch() >= lastUsableEpoch
}

// rotates reports whether t gets another producer id.
func (c initProducer) rotates(t *Transaction) bool {
	return t.Epoch >= lastUsableEpoch && (!c.expects() || c.m.GetExpectedEpoch() == int32(t.Epoch))
}

func (c initProducer) apply(d *Draft) (Response, *refusal) {
	old := d.state.transactions.get(c.m.GetTransactionalId())
	if old != nil && old.State == TransactionOngoing {
		return c.abort(d, old)
	}
	t := &Transaction{
		ID:               c.m.GetTransactionalId(),
		LastEpoch:        NoEpoch,
		PreviousProducer: NoProducer,
		State:            TransactionEmpty,
		TimeoutMS:        c.m.GetTimeoutMs(),
		UpdatedMS:        d.now,
		CreatedRevision:  d.revision,
		ModifiedRevision: d.revision,
	}
	if old == nil {
		t.ProducerID = d.nextProducerID()
	} else {
		t.CreatedRevision = old.CreatedRevision
		c.succeed(d, t, old)
	}
	d.setTransaction(t)
	return Response{ProducerID: t.ProducerID, ProducerEpoch: t.Epoch}, nil
}

// succeed gives t the producer id and the epochs that follow old's.
func (c initProducer) succeed(d *Draft, t, old *Transaction) {
	t.ProducerID, t.PreviousProducer = old.ProducerID, old.PreviousProducer
	switch epoch := c.m.GetExpectedEpoch(); {
	case c.rotates(old):
		t.ProducerID, t.PreviousProducer = d.nextProducerID(), old.ProducerID
		if c.expects() {
			t.LastEpoch = old.Epoch
		}
	case !c.expects():
		t.Epoch = old.Epoch + 1
	case epoch == int32(old.Epoch):
		t.Epoch, t.LastEpoch = old.Epoch+1, old.Epoch
	default: // the producer repeats what moved it to this epoch
		t.Epoch, t.LastEpoch = old.Epoch, old.LastEpoch
	}
}

// abort ends an open transaction in favour of the producer that asks, which is
// refused this time: it is the one refusal that changes something. The epoch
// above the last usable one stays, rather than turn over.
func (c initProducer) abort(d *Draft, old *Transaction) (Response, *refusal) {
	t := *old
	t.State = TransactionPrepareAbort
	t.Epoch, t.LastEpoch = min(old.Epoch, lastUsableEpoch)+1, NoEpoch
	t.UpdatedMS, t.ModifiedRevision = d.now, d.revision
	d.setTransaction(&t)
	return Response{ProducerID: t.ProducerID, ProducerEpoch: t.Epoch, Marks: t.marks()}, t.busy()
}

func (d *Draft) nextProducerID() int64 {
	id := d.state.producerIDs
	d.state.producerIDs++
	return int64(id)
}
