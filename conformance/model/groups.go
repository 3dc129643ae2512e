package model

import (
	"maps"
	"slices"

	"github.com/chronik-stream/metalog/metadata"
)

// mayFollow is O1's transitions between different states, but that to dead.
var mayFollow = map[metadata.GroupState][]metadata.GroupState{
	metadata.GroupStable:              {metadata.GroupPreparingRebalance},
	metadata.GroupCompletingRebalance: {metadata.GroupPreparingRebalance, metadata.GroupStable},
	metadata.GroupEmpty:               {metadata.GroupPreparingRebalance},
	metadata.GroupPreparingRebalance:  {metadata.GroupCompletingRebalance, metadata.GroupEmpty},
}

// putGroup is O1.
func (e *event) putGroup(spec metadata.GroupSpec) (metadata.Response, metadata.Code) {
	if spec.ID == "" {
		return refused(metadata.CodeInvalidGroupID)
	}
	state, generation := metadata.GroupDead, metadata.NoGeneration
	old, known := e.groups[spec.ID]
	if known && old.State != metadata.GroupDead {
		state, generation = old.State, old.Generation
	}
	if spec.ExpectedGeneration != generation {
		return refused(metadata.CodeIllegalGeneration)
	}
	if spec.ExpectedState != 0 && spec.ExpectedState != state {
		return refused(metadata.CodeInvalidUpdateVersion)
	}
	if state == metadata.GroupDead {
		state, generation = metadata.GroupEmpty, 0
	}
	if spec.Generation != generation && spec.Generation != generation+1 {
		return refused(metadata.CodeIllegalGeneration)
	}
	if spec.State != metadata.GroupDead && spec.State != state && !slices.Contains(mayFollow[state], spec.State) {
		return refused(metadata.CodeInvalidRequest)
	}
	if !membersFit(spec) {
		return refused(metadata.CodeInvalidRequest)
	}
	g := metadata.Group{
		ID: spec.ID, State: spec.State, Generation: spec.Generation,
		ProtocolType: spec.ProtocolType, ProtocolName: spec.ProtocolName,
		Leader: spec.Leader, Members: spec.Members, StateMS: e.now,
	}
	if known && old.State == spec.State {
		g.StateMS = old.StateMS
	}
	e.storeGroup(g)
	if spec.State == metadata.GroupDead {
		e.dropOffsets(spec.ID)
	}
	return done()
}

func membersFit(spec metadata.GroupSpec) bool {
	ids, instances := map[string]bool{}, map[string]bool{}
	for _, m := range spec.Members {
		if m.ID == "" || ids[m.ID] || m.InstanceID != "" && instances[m.InstanceID] {
			return false
		}
		ids[m.ID], instances[m.InstanceID] = true, true
	}
	switch spec.State {
	case metadata.GroupStable, metadata.GroupCompletingRebalance:
		return ids[spec.Leader]
	case metadata.GroupEmpty:
		return len(spec.Members) == 0
	default:
		return true
	}
}

// deleteGroup is O5.
func (e *event) deleteGroup(ref metadata.GroupRef) (metadata.Response, metadata.Code) {
	g, ok := e.groups[ref.ID]
	if !ok || g.State == metadata.GroupDead {
		return refused(metadata.CodeGroupIDNotFound)
	}
	if g.State != metadata.GroupEmpty {
		return refused(metadata.CodeNonEmptyGroup)
	}
	delete(e.groups, ref.ID)
	e.dropOffsets(ref.ID)
	return done()
}

// dropOffsets forgets a group's offsets, those in transactions too.
func (e *event) dropOffsets(group string) {
	maps.DeleteFunc(e.offsets, func(k offsetKey, _ metadata.Offset) bool { return k.group == group })
	maps.DeleteFunc(e.pending, func(k pendingKey, _ metadata.PendingOffset) bool { return k.group == group })
}

func (e *event) storeGroup(g metadata.Group) {
	put(e, e.groups, g.ID, g, func(g *metadata.Group) stamps {
		return stamps{&g.CreatedRevision, &g.ModifiedRevision, nil}
	})
}
