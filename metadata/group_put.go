package metadata

import (
	"slices"

	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// NewPutGroup is O1 as an event.
func NewPutGroup(spec GroupSpec) *eventpb.Event {
	m := &eventpb.PutGroup{
		Group:              spec.ID,
		ExpectedGeneration: spec.ExpectedGeneration,
		ExpectedState:      eventpb.GroupState(spec.ExpectedState),
		Generation:         spec.Generation,
		State:              eventpb.GroupState(spec.State),
		ProtocolType:       spec.ProtocolType,
		ProtocolName:       spec.ProtocolName,
		Leader:             spec.Leader,
	}
	for _, member := range spec.Members {
		m.Members = append(m.Members, &eventpb.GroupMember{
			MemberId:   member.ID,
			InstanceId: member.InstanceID,
			ClientId:   member.ClientID,
			ClientHost: member.ClientHost,
			Topics:     slices.Clone(member.Topics),
			Metadata:   slices.Clone(member.Metadata),
			Assignment: slices.Clone(member.Assignment),
		})
	}
	return &eventpb.Event{Command: &eventpb.Event_PutGroup{PutGroup: m}}
}

type putGroup struct{ m *eventpb.PutGroup }

func (c putGroup) encode(e *encoder) {
	e.str(c.m.GetGroup())
	e.int(int64(c.m.GetExpectedGeneration()))
	e.int(int64(c.m.GetExpectedState()))
	e.int(int64(c.m.GetGeneration()))
	e.int(int64(c.m.GetState()))
	e.str(c.m.GetProtocolType())
	e.str(c.m.GetProtocolName())
	e.str(c.m.GetLeader())
	e.list(len(c.m.GetMembers()))
	for _, m := range c.m.GetMembers() {
		e.str(m.GetMemberId())
		e.str(m.GetInstanceId())
		e.str(m.GetClientId())
		e.str(m.GetClientHost())
		e.list(len(m.GetTopics()))
		for _, t := range m.GetTopics() {
			e.str(t)
		}
		e.bytes(m.GetMetadata())
		e.bytes(m.GetAssignment())
	}
}

func (c putGroup) check(s *State) *refusal {
	id := c.m.GetGroup()
	if id == "" {
		return noGroupID()
	}
	state, generation := s.standing(id)
	if want := c.m.GetExpectedGeneration(); want != generation {
		return refuse(CodeIllegalGeneration, "group %s is at generation %d, not %d: read it again and decide anew", quote(id), generation, want)
	}
	if want := c.m.GetExpectedState(); want != 0 && want != eventpb.GroupState(state) {
		return refuse(CodeInvalidUpdateVersion, "group %s is %s and not what was expected: read it again and decide anew", quote(id), state)
	}
	if state == GroupDead {
		state, generation = GroupEmpty, 0
	}
	if next := int64(c.m.GetGeneration()); next != int64(generation) && next != int64(generation)+1 {
		return refuse(CodeIllegalGeneration, "group %s can't go from generation %d to %d: give the present one or one more", quote(id), generation, next)
	}
	if !mayFollow(state, c.m.GetState()) {
		return refuse(CodeInvalidRequest, "group %s can't go from %s to %s: the contract's row O1 lists the ways", quote(id), state, stateText(c.m.GetState()))
	}
	return c.checkMembers()
}

// mayFollow lists the ways between states; any may stay, and die.
func mayFollow(from GroupState, to eventpb.GroupState) bool {
	switch to {
	case eventpb.GroupState_GROUP_STATE_DEAD, eventpb.GroupState(from):
		return true
	case eventpb.GroupState_GROUP_STATE_PREPARING_REBALANCE:
		return true
	case eventpb.GroupState_GROUP_STATE_COMPLETING_REBALANCE, eventpb.GroupState_GROUP_STATE_EMPTY:
		return from == GroupPreparingRebalance
	case eventpb.GroupState_GROUP_STATE_STABLE:
		return from == GroupCompletingRebalance
	default:
		return false
	}
}

func stateText(s eventpb.GroupState) string {
	if s < 0 || s > eventpb.GroupState(GroupDead) {
		return "no state"
	}
	return GroupState(s).String()
}

func (c putGroup) checkMembers() *refusal {
	members := c.m.GetMembers()
	switch c.m.GetState() {
	case eventpb.GroupState_GROUP_STATE_STABLE, eventpb.GroupState_GROUP_STATE_COMPLETING_REBALANCE:
		led := func(m *eventpb.GroupMember) bool { return m.GetMemberId() == c.m.GetLeader() }
		if !slices.ContainsFunc(members, led) {
			return refuse(CodeInvalidRequest, "a %s group needs members, of whom one leads, and %s isn't one: name a leader among them",
				stateText(c.m.GetState()), quote(c.m.GetLeader()))
		}
	case eventpb.GroupState_GROUP_STATE_EMPTY:
		if len(members) > 0 {
			return refuse(CodeInvalidRequest, "an empty group has no members, and %d are given: leave them out", len(members))
		}
	default:
	}
	return checkMembersDiffer(members)
}

func checkMembersDiffer(members []*eventpb.GroupMember) *refusal {
	ids, instances := make(map[string]struct{}, len(members)), make(map[string]struct{})
	for _, m := range members {
		if _, twice := ids[m.GetMemberId()]; twice || m.GetMemberId() == "" {
			return refuse(CodeInvalidRequest, "member id %s is empty or given twice: every member has one of its own", quote(m.GetMemberId()))
		}
		ids[m.GetMemberId()] = struct{}{}
		if m.GetInstanceId() == "" {
			continue
		}
		if _, twice := instances[m.GetInstanceId()]; twice {
			return refuse(CodeInvalidRequest, "instance id %s belongs to two members: every static member has one of its own", quote(m.GetInstanceId()))
		}
		instances[m.GetInstanceId()] = struct{}{}
	}
	return nil
}

func (c putGroup) apply(d *Draft) (Response, *refusal) {
	g := &Group{
		ID:               c.m.GetGroup(),
		State:            GroupState(c.m.GetState()),
		Generation:       c.m.GetGeneration(),
		ProtocolType:     c.m.GetProtocolType(),
		ProtocolName:     c.m.GetProtocolName(),
		Leader:           c.m.GetLeader(),
		Members:          c.members(),
		StateMS:          d.now,
		CreatedRevision:  d.revision,
		ModifiedRevision: d.revision,
	}
	if e := d.group(g.ID); e != nil {
		g.CreatedRevision = e.group.CreatedRevision
		if e.group.State == g.State {
			g.StateMS = e.group.StateMS
		}
		if g.State == GroupDead {
			d.clearOffsets(e)
		}
		if sameGroup(e.group, g) {
			return Response{}, nil
		}
	}
	d.setGroup(g)
	return Response{}, nil
}

// sameGroup leaves the revisions out.
func sameGroup(a, b *Group) bool {
	return a.State == b.State && a.Generation == b.Generation && a.ProtocolType == b.ProtocolType &&
		a.ProtocolName == b.ProtocolName && a.Leader == b.Leader && slices.EqualFunc(a.Members, b.Members, sameMember)
}

func sameMember(a, b GroupMember) bool {
	return a.ID == b.ID && a.InstanceID == b.InstanceID && a.ClientID == b.ClientID && a.ClientHost == b.ClientHost && slices.Equal(a.Topics, b.Topics) &&
		slices.Equal(a.Metadata, b.Metadata) && slices.Equal(a.Assignment, b.Assignment)
}

// members shares nothing with the event.
func (c putGroup) members() []GroupMember {
	var out []GroupMember
	for _, m := range c.m.GetMembers() {
		out = append(out, GroupMember{
			ID:         m.GetMemberId(),
			InstanceID: m.GetInstanceId(),
			ClientID:   m.GetClientId(),
			ClientHost: m.GetClientHost(),
			Topics:     cloneNonEmpty(m.GetTopics()),
			Metadata:   cloneNonEmpty(m.GetMetadata()),
			Assignment: cloneNonEmpty(m.GetAssignment()),
		})
	}
	return out
}

// cloneNonEmpty is nil for no elements, as a record that was read back has it.
func cloneNonEmpty[T any](v []T) []T {
	if len(v) == 0 {
		return nil
	}
	return slices.Clone(v)
}

func noGroupID() *refusal {
	return refuse(CodeInvalidGroupID, "the group has no id: give one")
}
