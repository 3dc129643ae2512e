package membership

import (
	"context"
	"slices"
	"sync"

	"github.com/chronik-stream/metalog/sdk"
)

// Electorate is the members as their leader sees them when it hands leadership on.
type Electorate struct {
	Members []sdk.Member
	Self    string
	// Stored asks a member for the last index that it has.
	Stored func(context.Context, sdk.Member) (uint64, error)
}

// HasHeir reports whether there is a voter beside the leader.
func (e Electorate) HasHeir() bool { return slices.ContainsFunc(e.Members, e.mayInherit) }

func (e Electorate) mayInherit(m sdk.Member) bool {
	return m.Role == sdk.RoleVoter && m.NodeID != e.Self
}

// Heir is the voter with that name; empty: of those that answer, the one that has
// come furthest. An error is of ReasonConflict.
func (e Electorate) Heir(ctx context.Context, node string) (sdk.Member, error) {
	if node == "" {
		return e.furthest(ctx)
	}
	m, ok := Find(e.Members, node)
	switch {
	case !ok:
		return m, Conflict("node %q is no member of this cluster, which has %s", node, List(e.Members))
	case m.Role != sdk.RoleVoter:
		return m, Conflict("node %q is a %s and can't lead: promote it first", node, m.Role)
	}
	if _, err := e.Stored(ctx, m); err != nil {
		return m, Conflict("node %q doesn't answer: start it, or mend the network", node)
	}
	return m, nil
}

// furthest asks all other voters at once.
func (e Electorate) furthest(ctx context.Context) (best sdk.Member, err error) {
	if !e.HasHeir() {
		return best, Conflict("node %q is the only voter: add another first", e.Self)
	}
	var asking sync.WaitGroup
	var mu sync.Mutex
	most, found := uint64(0), false
	for _, m := range e.Members {
		if !e.mayInherit(m) {
			continue
		}
		asking.Go(func() {
			stored, err := e.Stored(ctx, m)
			mu.Lock()
			defer mu.Unlock()
			if err == nil && (!found || stored > most) {
				best, most, found = m, stored, true
			}
		})
	}
	asking.Wait()
	if !found {
		return best, Conflict("no other voter answers: start one, or mend the network")
	}
	return best, nil
}
