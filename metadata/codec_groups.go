package metadata

import "encoding/binary"

// Groups, and offsets below them: the encodings, and back.

func encodeGroup(e *encoder, g *Group) {
	e.uint(tagGroup)
	e.str(g.ID)
	e.uint(uint64(g.State))
	e.int(int64(g.Generation))
	e.str(g.ProtocolType)
	e.str(g.ProtocolName)
	e.str(g.Leader)
	e.list(len(g.Members))
	for i := range g.Members {
		encodeMember(e, &g.Members[i])
	}
	e.int(g.StateMS)
	e.uint(g.CreatedRevision)
	e.uint(g.ModifiedRevision)
}

func encodeMember(e *encoder, m *GroupMember) {
	e.str(m.ID)
	e.str(m.InstanceID)
	e.str(m.ClientID)
	e.str(m.ClientHost)
	e.list(len(m.Topics))
	for _, t := range m.Topics {
		e.str(t)
	}
	e.bytes(m.Metadata)
	e.bytes(m.Assignment)
}

func decodeGroup(d *decoder) *Group {
	return &Group{
		ID:               d.str(),
		State:            GroupState(d.small()),
		Generation:       d.int32(),
		ProtocolType:     d.str(),
		ProtocolName:     d.str(),
		Leader:           d.str(),
		Members:          decodeList(d, decodeMember),
		StateMS:          d.int(),
		CreatedRevision:  d.uint(),
		ModifiedRevision: d.uint(),
	}
}

func decodeMember(d *decoder) GroupMember {
	return GroupMember{
		ID:         d.str(),
		InstanceID: d.str(),
		ClientID:   d.str(),
		ClientHost: d.str(),
		Topics:     decodeList(d, (*decoder).str),
		Metadata:   d.copied(),
		Assignment: d.copied(),
	}
}

// encodePlaceIn writes the key of what is committed for a group: the group with
// its length, and the place.
func encodePlaceIn(e *encoder, group string, k PartitionKey) {
	e.str(group)
	e.id(k.Topic)
	e.buf = binary.BigEndian.AppendUint32(e.buf, uint32(k.Partition))
}

func encodeOffset(e *encoder, o *Offset) {
	e.uint(tagOffset)
	encodePlaceIn(e, o.Group, o.place())
	e.int(o.Offset)
	e.int(int64(o.LeaderEpoch))
	e.str(o.Metadata)
	e.int(o.CommittedMS)
	e.uint(o.CommittedRevision)
	e.uint(o.CreatedRevision)
	e.uint(o.ModifiedRevision)
}

func decodeOffset(d *decoder) *Offset {
	return &Offset{
		Group:             d.str(),
		Topic:             d.id(),
		Partition:         d.fixedInt32(),
		Offset:            d.int(),
		LeaderEpoch:       d.int32(),
		Metadata:          d.str(),
		CommittedMS:       d.int(),
		CommittedRevision: d.uint(),
		CreatedRevision:   d.uint(),
		ModifiedRevision:  d.uint(),
	}
}

func encodePending(e *encoder, o *PendingOffset) {
	e.uint(tagPending)
	encodePlaceIn(e, o.Group, o.place())
	e.int(o.ProducerID)
	e.int(o.Offset)
	e.int(int64(o.LeaderEpoch))
	e.str(o.Metadata)
	e.int(o.CommittedMS)
	e.uint(o.Revision)
}

func decodePending(d *decoder) *PendingOffset {
	return &PendingOffset{
		Group:       d.str(),
		Topic:       d.id(),
		Partition:   d.fixedInt32(),
		ProducerID:  d.int(),
		Offset:      d.int(),
		LeaderEpoch: d.int32(),
		Metadata:    d.str(),
		CommittedMS: d.int(),
		Revision:    d.uint(),
	}
}
