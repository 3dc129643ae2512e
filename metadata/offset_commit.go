package metadata

import (
	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// NewCommitOffsets is O2 as an event.
func NewCommitOffsets(spec OffsetsSpec) *eventpb.Event {
	return &eventpb.Event{Command: &eventpb.Event_CommitOffsets{CommitOffsets: &eventpb.CommitOffsets{
		Group:      spec.Group,
		Generation: spec.Generation,
		MemberId:   spec.MemberID,
		InstanceId: spec.InstanceID,
		Offsets:    offsetsToEvent(spec.Offsets),
	}}}
}

func offsetsToEvent(offsets []OffsetCommit) []*eventpb.OffsetCommit {
	out := make([]*eventpb.OffsetCommit, 0, len(offsets))
	for _, o := range offsets {
		out = append(out, &eventpb.OffsetCommit{
			Topic:       o.Topic,
			Partition:   o.Partition,
			Offset:      o.Offset,
			LeaderEpoch: o.LeaderEpoch,
			Metadata:    o.Metadata,
		})
	}
	return out
}

type commitOffsets struct{ m *eventpb.CommitOffsets }

func (c commitOffsets) encode(e *encoder) { encodeCommit(e, c.m) }

// commitRequest is a commit of offsets, in a transaction or not.
type commitRequest interface {
	GetGroup() string
	GetGeneration() int32
	GetMemberId() string
	GetInstanceId() string
	GetOffsets() []*eventpb.OffsetCommit
}

func encodeCommit(e *encoder, m commitRequest) {
	e.str(m.GetGroup())
	e.int(int64(m.GetGeneration()))
	e.str(m.GetMemberId())
	e.str(m.GetInstanceId())
	e.list(len(m.GetOffsets()))
	for _, o := range m.GetOffsets() {
		e.str(o.GetTopic())
		e.int(int64(o.GetPartition()))
		e.int(o.GetOffset())
		e.int(int64(o.GetLeaderEpoch()))
		e.str(o.GetMetadata())
	}
}

func (c commitOffsets) check(s *State) *refusal { return checkCommitter(s, c.m, false) }

func (c commitOffsets) apply(d *Draft) (Response, *refusal) {
	failed := d.takeOffsets(c.m, func(e *groupEntry, o *eventpb.OffsetCommit, at PartitionKey) {
		d.setOffset(e, &Offset{
			Group:             c.m.GetGroup(),
			Topic:             at.Topic,
			Partition:         at.Partition,
			Offset:            o.GetOffset(),
			LeaderEpoch:       o.GetLeaderEpoch(),
			Metadata:          o.GetMetadata(),
			CommittedMS:       d.now,
			CommittedRevision: d.revision,
			CreatedRevision:   d.revision,
			ModifiedRevision:  d.revision,
		})
	})
	return Response{Failed: failed}, nil
}

// takeOffsets hands over each offset that can be committed, with its place, and
// returns why the others can't. A group that isn't there is made for the first
// that can.
func (d *Draft) takeOffsets(m commitRequest, take func(*groupEntry, *eventpb.OffsetCommit, PartitionKey)) (failed []ItemError) {
	var e *groupEntry
	for i, o := range m.GetOffsets() {
		at, code := d.state.checkOffset(o)
		if code != CodeNone {
			failed = append(failed, ItemError{int32(i), code})
			continue
		}
		if e == nil {
			e = d.groupOrSimple(m.GetGroup())
		}
		take(e, o, at)
	}
	return failed
}

// groupOrSimple is a group's entry as the draft's own; of one that isn't there, a
// new one that only has offsets.
func (d *Draft) groupOrSimple(id string) *groupEntry {
	if e := d.group(id); e != nil {
		return e
	}
	d.setGroup(&Group{ID: id, State: GroupEmpty, StateMS: d.now, CreatedRevision: d.revision, ModifiedRevision: d.revision})
	return d.group(id)
}

func (s *State) checkOffset(o *eventpb.OffsetCommit) (PartitionKey, Code) {
	e := s.topics.get(o.GetTopic())
	switch {
	case e == nil || e.slot(o.GetPartition()) == nil:
		return PartitionKey{}, CodeUnknownTopicOrPartition
	case len(o.GetMetadata()) > MaxOffsetMetadata:
		return PartitionKey{}, CodeOffsetMetadataTooLarge
	case o.GetOffset() < NoOffset:
		return PartitionKey{}, CodeInvalidRequest
	}
	return PartitionKey{e.topic.ID, o.GetPartition()}, CodeNone
}
