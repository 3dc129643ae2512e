package metadata

// Group is a consumer group. Any goroutine may ask; ErrNotFound.
func (s *State) Group(id string) (*Group, error) {
	if e := s.groups.get(id); e != nil {
		return e.group, nil
	}
	return nil, noGroup(id).at(s.revision)
}

// Groups lists all groups by id. The list is the caller's, the groups aren't.
func (s *State) Groups() []*Group {
	out := make([]*Group, 0, s.groups.len())
	for e := range s.groups.all() {
		out = append(out, e.group)
	}
	return out
}

// standing is a group's state and generation; one that isn't there stands as a
// dead one does.
func (s *State) standing(id string) (GroupState, int32) {
	e := s.groups.get(id)
	if e == nil || e.group.State == GroupDead {
		return GroupDead, NoGeneration
	}
	return e.group.State, e.group.Generation
}

func noGroup(id string) *refusal {
	return refuse(CodeGroupIDNotFound, "no group %s: check the id", quote(id))
}
