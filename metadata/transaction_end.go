package metadata

import (
	"slices"

	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// NewPrepareTransaction is X5 as an event.
func NewPrepareTransaction(spec PrepareSpec) *eventpb.Event {
	return &eventpb.Event{Command: &eventpb.Event_PrepareTransaction{PrepareTransaction: &eventpb.PrepareTransaction{
		TransactionalId: spec.TransactionalID,
		ProducerId:      spec.ProducerID,
		Epoch:           int32(spec.Epoch),
		Commit:          spec.Commit,
	}}}
}

type prepareTransaction struct{ m *eventpb.PrepareTransaction }

func (c prepareTransaction) encode(e *encoder) {
	encodeProducer(e, c.m)
	e.bool(c.m.GetCommit())
}

// ends are the states that a transaction goes through in the direction asked
// for.
func (c prepareTransaction) ends() (prepared, complete TransactionState) {
	if c.m.GetCommit() {
		return TransactionPrepareCommit, TransactionCompleteCommit
	}
	return TransactionPrepareAbort, TransactionCompleteAbort
}

func (c prepareTransaction) check(s *State) *refusal {
	if c.m.GetTransactionalId() == "" {
		return noTransactionalID()
	}
	t, r := checkProducer(s, c.m)
	if r != nil {
		return r
	}
	prepared, complete := c.ends()
	switch t.State {
	case TransactionOngoing, complete:
		return nil
	case prepared:
		return t.busy()
	default:
		return refuse(CodeInvalidTxnState, "the transaction of %s is %s, and can't go on to %s: begin another", quote(t.ID), t.State, prepared)
	}
}

func (c prepareTransaction) apply(d *Draft) (Response, *refusal) {
	t := *d.state.transactions.get(c.m.GetTransactionalId())
	if t.State != TransactionOngoing {
		return Response{}, nil
	}
	t.State, _ = c.ends()
	t.UpdatedMS, t.ModifiedRevision = d.now, d.revision
	d.setTransaction(&t)
	return Response{Marks: t.marks()}, nil
}

// NewCompleteTransaction is X6 as an event.
func NewCompleteTransaction(ref ProducerRef) *eventpb.Event {
	return &eventpb.Event{Command: &eventpb.Event_CompleteTransaction{CompleteTransaction: &eventpb.CompleteTransaction{
		TransactionalId: ref.TransactionalID,
		ProducerId:      ref.ProducerID,
		Epoch:           int32(ref.Epoch),
	}}}
}

type completeTransaction struct{ m *eventpb.CompleteTransaction }

func (c completeTransaction) encode(e *encoder) { encodeProducer(e, c.m) }

func (c completeTransaction) check(s *State) *refusal {
	t, r := checkProducer(s, c.m)
	if r != nil {
		return r
	}
	if !t.ending() {
		return refuse(CodeInvalidTxnState, "the transaction of %s is %s: prepare its end first", quote(t.ID), t.State)
	}
	return nil
}

func (c completeTransaction) apply(d *Draft) (Response, *refusal) {
	t := *d.state.transactions.get(c.m.GetTransactionalId())
	commit := t.State == TransactionPrepareCommit
	for _, group := range t.Groups {
		d.endPending(group, t.ProducerID, commit)
	}
	t.State = TransactionCompleteAbort
	if commit {
		t.State = TransactionCompleteCommit
	}
	t.Partitions, t.Groups, t.StartMS = nil, nil, 0
	t.UpdatedMS, t.ModifiedRevision = d.now, d.revision
	d.setTransaction(&t)
	return Response{}, nil
}

// endPending takes a producer's offsets out of a group's open transactions, into
// what is committed or away.
func (d *Draft) endPending(group string, producer int64, commit bool) {
	e := d.group(group)
	if e == nil {
		return
	}
	for _, o := range slices.Collect(e.pendingOf(producer)) {
		d.deletePending(e, o)
		if commit {
			d.commitPending(e, o)
		}
	}
}

// commitPending makes an offset visible, unless a newer one was committed
// meanwhile (Kafka's OffsetMetadataManager.completeTransaction). It was checked
// when it was stored, and isn't again.
func (d *Draft) commitPending(e *groupEntry, o *PendingOffset) {
	if old := e.offsets.get(placeKey(o.place())); old != nil && old.CommittedRevision >= o.Revision {
		return
	}
	d.setOffset(e, &Offset{
		Group:             o.Group,
		Topic:             o.Topic,
		Partition:         o.Partition,
		Offset:            o.Offset,
		LeaderEpoch:       o.LeaderEpoch,
		Metadata:          o.Metadata,
		CommittedMS:       o.CommittedMS,
		CommittedRevision: o.Revision,
		CreatedRevision:   d.revision,
		ModifiedRevision:  d.revision,
	})
}
