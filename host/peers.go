package host

import (
	"fmt"
	"sync"
	"time"

	"github.com/chronik-stream/metalog/sdk"
)

// peers is what this node hears of the others, and of itself, in entries and in
// its backend's status. Any goroutine may use it.
type peers struct {
	now func() time.Time

	mu        sync.Mutex
	witnesses *witnesses
	clocks    *clocks
	voters    []string
	members   map[string]struct{} // voters and learners; empty: the backend names none
	ready     bool
	lastBack  time.Time // when an entry of this node came back
}

func newPeers(self string, now func() time.Time) *peers {
	return &peers{now: now, witnesses: newWitnesses(self), clocks: newClocks(self)}
}

// setReady begins or ends the time in which clocks count.
func (p *peers) setReady(ready bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ready = ready
	p.clocks.forget()
}

// setMembers tells who votes.
func (p *peers) setMembers(members []sdk.Member) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.voters, p.members = nil, make(map[string]struct{}, len(members))
	for _, m := range members {
		p.members[m.NodeID] = struct{}{}
		if m.Role == sdk.RoleVoter {
			p.voters = append(p.voters, m.NodeID)
		}
	}
}

// isMember reports whether node belongs to the cluster, as far as the backend
// says who does.
func (p *peers) isMember(node string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, ok := p.members[node]
	return ok || len(p.members) == 0
}

// clock notes the clock in an entry of node.
func (p *peers) clock(node string, ms int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ready {
		p.clocks.hear(node, time.UnixMilli(ms), p.now())
	}
}

// back notes that an entry of this node came back.
func (p *peers) back() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lastBack = p.now()
}

// witness notes whether node's digest at a revision is this node's.
func (p *peers) witness(node string, revision uint64, agrees bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.witnesses.hear(node, revision, agrees)
}

// judge says why this node's state must be wrong; nil: nobody can tell.
func (p *peers) judge() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	revision, outvoted := p.witnesses.outvoted(p.voters, p.now())
	if !outvoted {
		return nil
	}
	return fmt.Errorf("the digest of this node's state at revision %d isn't the one that most voters had: replace this node", revision)
}

// stampable is why this node may not stamp events; nil: it may.
func (p *peers) stampable() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.clocks.stampable()
}

// late is what is wrong with this node's clock, if it may stamp all the same.
func (p *peers) late() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.clocks.late()
}

// lastSeen is when an entry of this node last came back.
func (p *peers) lastSeen() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lastBack
}
