package metadata

import (
	"slices"

	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// NewCommitTransactionOffsets is X4 as an event.
func NewCommitTransactionOffsets(spec TransactionOffsetsSpec) *eventpb.Event {
	return &eventpb.Event{Command: &eventpb.Event_CommitTransactionOffsets{CommitTransactionOffsets: &eventpb.CommitTransactionOffsets{
		TransactionalId: spec.TransactionalID,
		ProducerId:      spec.ProducerID,
		Epoch:           int32(spec.Epoch),
		Group:           spec.Group,
		Generation:      spec.Generation,
		MemberId:        spec.MemberID,
		InstanceId:      spec.InstanceID,
		Offsets:         offsetsToEvent(spec.Offsets),
	}}}
}

type commitTransactionOffsets struct {
	m *eventpb.CommitTransactionOffsets
}

func (c commitTransactionOffsets) encode(e *encoder) {
	encodeProducer(e, c.m)
	encodeCommit(e, c.m)
}

func (c commitTransactionOffsets) check(s *State) *refusal {
	t, r := checkProducer(s, c.m)
	if r != nil {
		return r
	}
	if t.State != TransactionOngoing || !slices.Contains(t.Groups, c.m.GetGroup()) {
		return refuse(CodeInvalidTxnState, "the transaction of %s is %s and commits for no group %s: add the group's offsets to it first",
			quote(t.ID), t.State, quote(c.m.GetGroup()))
	}
	return checkCommitter(s, c.m, true)
}

// apply keeps the offsets apart until the transaction ends.
func (c commitTransactionOffsets) apply(d *Draft) (Response, *refusal) {
	failed := d.takeOffsets(c.m, func(e *groupEntry, o *eventpb.OffsetCommit, at PartitionKey) {
		d.setPending(e, &PendingOffset{
			ProducerID:  c.m.GetProducerId(),
			Group:       c.m.GetGroup(),
			Topic:       at.Topic,
			Partition:   at.Partition,
			Offset:      o.GetOffset(),
			LeaderEpoch: o.GetLeaderEpoch(),
			Metadata:    o.GetMetadata(),
			CommittedMS: d.now,
			Revision:    d.revision,
		})
	})
	return Response{Failed: failed}, nil
}
