package metadata

import "slices"

// checkCommitter asks whether m's sender may commit for its group: a member of
// the present generation, or anybody while the group has no members. In a
// transaction the coordinator vouches for who names no member, and the group may
// be completing a rebalance. The rules and their order are those of Kafka's
// ClassicGroup.validateOffsetCommit.
func checkCommitter(s *State, m commitRequest, transactional bool) *refusal {
	id := m.GetGroup()
	if id == "" {
		return noGroupID()
	}
	e := s.groups.get(id)
	if e == nil {
		if m.GetGeneration() < 0 {
			return nil
		}
		return refuse(CodeGroupIDNotFound, "no group %s, of which generation %d could be: join it again, or commit without a generation", quote(id), m.GetGeneration())
	}
	g := e.group
	switch {
	case g.State == GroupDead:
		return refuse(CodeCoordinatorNotAvailable, "group %s is dead: join it again", quote(id))
	case m.GetGeneration() < 0 && g.State == GroupEmpty:
		return nil
	case m.GetGeneration() >= 0 || m.GetMemberId() != "" || m.GetInstanceId() != "":
		if r := checkMember(g, m); r != nil {
			return r
		}
	case !transactional:
		return refuse(CodeUnknownMemberID, "group %s has members, and the commit names none: commit as one of them", quote(id))
	}
	if g.State == GroupCompletingRebalance && !transactional {
		return refuse(CodeRebalanceInProgress, "group %s is completing a rebalance: wait for the assignment, then commit", quote(id))
	}
	return nil
}

func checkMember(g *Group, m commitRequest) *refusal {
	if instance := m.GetInstanceId(); instance != "" {
		i := slices.IndexFunc(g.Members, func(member GroupMember) bool { return member.InstanceID == instance })
		if i < 0 {
			return refuse(CodeUnknownMemberID, "group %s has no static member %s: join it again", quote(g.ID), quote(instance))
		}
		if g.Members[i].ID != m.GetMemberId() {
			return refuse(CodeFencedInstanceID, "static member %s of group %s is another member now: only one may run under that instance id", quote(instance), quote(g.ID))
		}
	}
	if !slices.ContainsFunc(g.Members, func(member GroupMember) bool { return member.ID == m.GetMemberId() }) {
		return refuse(CodeUnknownMemberID, "group %s has no member %s: join it again", quote(g.ID), quote(m.GetMemberId()))
	}
	if g.Generation != m.GetGeneration() {
		return refuse(CodeIllegalGeneration, "group %s is at generation %d, not %d: join it again", quote(g.ID), g.Generation, m.GetGeneration())
	}
	return nil
}
