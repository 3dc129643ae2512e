package model

import (
	"cmp"
	"maps"
	"slices"

	"github.com/chronik-stream/metalog/metadata"
)

// commitOffsets is O2.
func (e *event) commitOffsets(spec metadata.OffsetsSpec) (metadata.Response, metadata.Code) {
	if code := e.checkCommit(spec, false); code != metadata.CodeNone {
		return refused(code)
	}
	return e.eachOffset(spec, func(at metadata.PartitionKey, c metadata.OffsetCommit) {
		e.storeOffset(metadata.Offset{
			Group: spec.Group, Topic: at.Topic, Partition: at.Partition,
			Offset: c.Offset, LeaderEpoch: c.LeaderEpoch, Metadata: c.Metadata,
			CommittedMS: e.now, CommittedRevision: e.revision,
		})
	})
}

// checkCommit is O2's checks of the group, and X4's in a transaction.
func (t *tables) checkCommit(spec metadata.OffsetsSpec, inTransaction bool) metadata.Code {
	if spec.Group == "" {
		return metadata.CodeInvalidGroupID
	}
	g, ok := t.groups[spec.Group]
	if !ok {
		if spec.Generation >= 0 {
			return metadata.CodeGroupIDNotFound
		}
		return metadata.CodeNone
	}
	switch {
	case g.State == metadata.GroupDead:
		return metadata.CodeCoordinatorNotAvailable
	case spec.Generation < 0 && g.State == metadata.GroupEmpty:
		return metadata.CodeNone
	case spec.Generation >= 0 || spec.MemberID != "" || spec.InstanceID != "":
		if code := checkMember(g, spec); code != metadata.CodeNone {
			return code
		}
	case !inTransaction:
		return metadata.CodeUnknownMemberID
	}
	if g.State == metadata.GroupCompletingRebalance && !inTransaction {
		return metadata.CodeRebalanceInProgress
	}
	return metadata.CodeNone
}

func checkMember(g metadata.Group, spec metadata.OffsetsSpec) metadata.Code {
	if spec.InstanceID != "" {
		i := slices.IndexFunc(g.Members, func(m metadata.GroupMember) bool { return m.InstanceID == spec.InstanceID })
		if i < 0 {
			return metadata.CodeUnknownMemberID
		}
		if g.Members[i].ID != spec.MemberID {
			return metadata.CodeFencedInstanceID
		}
	}
	if !slices.ContainsFunc(g.Members, func(m metadata.GroupMember) bool { return m.ID == spec.MemberID }) {
		return metadata.CodeUnknownMemberID
	}
	if spec.Generation != g.Generation {
		return metadata.CodeIllegalGeneration
	}
	return metadata.CodeNone
}

// eachOffset gives each good item to store, and makes the group if there is one.
func (e *event) eachOffset(spec metadata.OffsetsSpec, store func(metadata.PartitionKey, metadata.OffsetCommit)) (r metadata.Response, _ metadata.Code) {
	for i, c := range spec.Offsets {
		at := e.at(c.Topic, c.Partition)
		code := metadata.CodeNone
		if _, ok := e.partitions[at]; !ok {
			code = metadata.CodeUnknownTopicOrPartition
		} else if len(c.Metadata) > metadata.MaxOffsetMetadata {
			code = metadata.CodeOffsetMetadataTooLarge
		} else if c.Offset < -1 {
			code = metadata.CodeInvalidRequest
		}
		if code != metadata.CodeNone {
			r.Failed = append(r.Failed, metadata.ItemError{Index: int32(i), Code: code})
			continue
		}
		if _, ok := e.groups[spec.Group]; !ok {
			e.storeGroup(metadata.Group{ID: spec.Group, State: metadata.GroupEmpty, StateMS: e.now})
		}
		store(at, c)
	}
	return r, metadata.CodeNone
}

// deleteOffsets is O4.
func (e *event) deleteOffsets(ref metadata.OffsetsRef) (r metadata.Response, _ metadata.Code) {
	g, ok := e.groups[ref.Group]
	if !ok || g.State == metadata.GroupDead {
		return refused(metadata.CodeGroupIDNotFound)
	}
	if g.State != metadata.GroupEmpty && g.ProtocolType != "consumer" {
		return refused(metadata.CodeNonEmptyGroup)
	}
	for i, tp := range ref.Partitions {
		if slices.ContainsFunc(g.Members, func(m metadata.GroupMember) bool { return slices.Contains(m.Topics, tp.Topic) }) {
			r.Failed = append(r.Failed, metadata.ItemError{Index: int32(i), Code: metadata.CodeGroupSubscribedToTopic})
			continue
		}
		gone := offsetKey{ref.Group, e.at(tp.Topic, tp.Partition)}
		delete(e.offsets, gone)
		maps.DeleteFunc(e.pending, func(k pendingKey, _ metadata.PendingOffset) bool { return k.offsetKey == gone })
	}
	return r, metadata.CodeNone
}

// FetchOffsets is O3.
func (m *Model) FetchOffsets(q metadata.OffsetsQuery) []metadata.FetchedOffset {
	asked := q.Partitions
	if asked == nil {
		for k := range m.offsets {
			if k.group == q.Group {
				asked = append(asked, metadata.TopicPartition{Topic: m.nameOf(k.at.Topic), Partition: k.at.Partition})
			}
		}
		slices.SortFunc(asked, func(a, b metadata.TopicPartition) int {
			return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
		})
	}
	var out []metadata.FetchedOffset
	for _, tp := range asked {
		key := offsetKey{q.Group, m.at(tp.Topic, tp.Partition)}
		f := metadata.FetchedOffset{Topic: tp.Topic, Partition: tp.Partition, Offset: metadata.NoOffset, LeaderEpoch: -1}
		if q.RequireStable && m.isPending(key) {
			f.Code = metadata.CodeUnstableOffsetCommit
		} else if o, ok := m.offsets[key]; ok {
			f.Offset, f.LeaderEpoch, f.Metadata = o.Offset, o.LeaderEpoch, o.Metadata
		}
		out = append(out, f)
	}
	return out
}

func (t *tables) isPending(key offsetKey) bool {
	for k := range t.pending {
		if k.offsetKey == key {
			return true
		}
	}
	return false
}

func (e *event) storeOffset(o metadata.Offset) {
	key := offsetKey{o.Group, metadata.PartitionKey{Topic: o.Topic, Partition: o.Partition}}
	put(e, e.offsets, key, o, func(o *metadata.Offset) stamps {
		return stamps{&o.CreatedRevision, &o.ModifiedRevision, nil}
	})
}
