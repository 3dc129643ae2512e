package model

import "github.com/chronik-stream/metalog/metadata"

func (g *generator) onGroups() metadata.BatchOperation {
	switch g.upTo(9) {
	case 0, 1, 2:
		spec := g.commit(g.groupID())
		return metadata.BatchOperation{CommitOffsets: &spec}
	case 3, 4, 5, 6:
		return metadata.BatchOperation{PutGroup: g.group()}
	case 7:
		return metadata.BatchOperation{DeleteGroup: &metadata.GroupRef{ID: g.groupID()}}
	default:
		return metadata.BatchOperation{DeleteOffsets: &metadata.OffsetsRef{
			Group: g.groupID(), Partitions: several(g.drawer, 3, g.partition),
		}}
	}
}

func (g *generator) groupID() string { return mostly(g.drawer, pick(g.drawer, groupIDs), "") }

// group is mostly a step that its state allows.
func (g *generator) group() *metadata.GroupSpec {
	id := g.groupID()
	old, ok := g.node.groups[id]
	spec := &metadata.GroupSpec{ID: id, ExpectedGeneration: old.Generation, Generation: old.Generation}
	if !ok || old.State == metadata.GroupDead {
		old = metadata.Group{State: metadata.GroupEmpty}
		spec.ExpectedGeneration, spec.Generation = metadata.NoGeneration, 0
	}
	spec.ExpectedGeneration += int32(mostly(g.drawer, 0, 1, -1))
	spec.Generation += int32(mostly(g.drawer, g.upTo(1), 2, -1))
	spec.ExpectedState = mostly(g.drawer, 0, old.State, metadata.GroupDead, 9)
	next := append([]metadata.GroupState{old.State, old.State}, mayFollow[old.State]...)
	spec.State = mostly(g.drawer, next[len(next)-1-g.upTo(len(next)-1)], metadata.GroupDead, metadata.GroupDead, metadata.GroupStable, 0, 9)
	spec.ProtocolType, spec.ProtocolName = pick(g.drawer, []string{"consumer", "", "other"}), pick(g.drawer, []string{"", "range"})
	if g.seldom(20) || spec.State != metadata.GroupEmpty {
		spec.Members = g.members()
		spec.Leader = mostly(g.drawer, "m", "n", "")
	}
	return spec
}

func (g *generator) members() []metadata.GroupMember {
	var out []metadata.GroupMember
	for _, id := range memberIDs[:mostly(g.drawer, 1+g.upTo(1), 0)] {
		m := metadata.GroupMember{
			ID: mostly(g.drawer, id, id, "m", ""), InstanceID: mostly(g.drawer, pick(g.drawer, []string{"", "i" + id}), "im"),
			ClientID: "c", ClientHost: "h", Metadata: pick(g.drawer, [][]byte{nil, {0xff, 0}}), Assignment: pick(g.drawer, [][]byte{nil, {1}}),
		}
		if g.seldom(2) {
			m.Topics = several(g.drawer, 2, g.topicName)
		}
		out = append(out, m)
	}
	return out
}

// commit is one that a member makes, or nobody.
func (g *generator) commit(group string) metadata.OffsetsSpec {
	spec := metadata.OffsetsSpec{Group: group, Generation: metadata.NoGeneration, Offsets: several(g.drawer, 3, g.offset)}
	old := g.node.groups[group]
	if len(old.Members) > 0 && !g.seldom(5) {
		m := pick(g.drawer, old.Members)
		spec.Generation = old.Generation
		spec.MemberID, spec.InstanceID = m.ID, m.InstanceID
	}
	if g.seldom(6) {
		spec.Generation = mostly(g.drawer, spec.Generation+1, -1, 0)
	}
	if g.seldom(6) {
		spec.MemberID = pick(g.drawer, []string{"n", "m", "", "nobody"})
	}
	if g.seldom(6) {
		spec.InstanceID = pick(g.drawer, []string{"im", "in", "nobody", ""})
	}
	return spec
}

func (g *generator) offset() metadata.OffsetCommit {
	tp := g.partition()
	return metadata.OffsetCommit{
		Topic: tp.Topic, Partition: tp.Partition,
		Offset:      int64(mostly(g.drawer, g.upTo(20), -1, -2)),
		LeaderEpoch: pick(g.drawer, []int32{-1, 0, 3}),
		Metadata:    mostly(g.drawer, "m", "", long()[1:], long()),
	}
}
