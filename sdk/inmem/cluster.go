package inmem

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/chronik-stream/metalog/sdk"
)

// Cluster is a log and the nodes that read it. Its methods may be called by
// any goroutine.
type Cluster struct {
	claims sdk.Claims
	grows  bool // without named voters: whoever opens is a member, and one is a majority

	mu       sync.Mutex
	log      log
	members  []sdk.Member        // never changed, only replaced
	replicas map[string]*replica // one for each member
	open     []*Backend
	leader   *Backend // nil: there is none
	term     uint64
	cut      bool
	group    map[string]int // while cut
	faults   map[string]*faults
}

// replica is what a node holds. It outlasts the node's sessions, but not its
// membership.
type replica struct {
	log     log // while it doesn't follow: what it had when it last did
	members []sdk.Member
	term    uint64
}

// NewCluster returns a cluster with an empty log.
//
// With voters, whose names are distinct, these are its first members. It does
// only what a majority of them, open and within reach of each other, can do,
// and claims CanTransfer and CanMembership too. Without voters any node is a
// member from its first Open on, for good, and one open node is enough.
func NewCluster(voters ...string) *Cluster {
	claims := sdk.Claims{sdk.Replicated, sdk.Snapshots, sdk.CanReadBarrier, sdk.CanCompact}
	if len(voters) == 0 {
		return newCluster(claims)
	}
	c := newCluster(append(claims, sdk.CanTransfer, sdk.CanMembership))
	c.grows = false
	var members []sdk.Member
	for _, v := range voters {
		members = append(members, sdk.Member{NodeID: v, Role: sdk.RoleVoter})
	}
	c.install(members)
	return c
}

func newCluster(claims sdk.Claims) *Cluster {
	return &Cluster{claims: claims, grows: true, replicas: map[string]*replica{}, faults: map[string]*faults{}}
}

// Backend returns a session of node, to be opened once.
func (c *Cluster) Backend(node string) sdk.Backend { return newBackend(c, node) }

// New returns a single node with a log of its own, which Close forgets. It
// takes its name from Config.NodeID.
func New() sdk.Backend {
	return newBackend(newCluster(sdk.Claims{sdk.Snapshots, sdk.CanReadBarrier, sdk.CanCompact}), "")
}

// join makes b the session of node, unless that has one.
func (c *Cluster) join(b *Backend, node string, stop context.CancelCauseFunc) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if b.phase != idle {
		return &sdk.Error{Reason: sdk.ReasonInternal, Message: "opened twice: a backend serves one session, make another"}
	}
	if b.node == "" {
		b.node = node
	}
	if node != "" && node != b.node {
		return &sdk.Error{
			Reason: sdk.ReasonInvalidConfig, Field: "node_id",
			Message: fmt.Sprintf("this session was made for node %q, not %q", b.node, node),
		}
	}
	if err := c.admit(b.node); err != nil {
		return err
	}
	c.open = append(c.open, b)
	b.phase, b.stop, b.replica = running, stop, c.replicas[b.node]
	c.settle()
	return nil
}

// admit lets only a member in that has no session. c.mu is held.
func (c *Cluster) admit(node string) error {
	switch isMember := find(c.members, node) >= 0; {
	case !isMember && !c.grows:
		return &sdk.Error{
			Reason: sdk.ReasonWrongData,
			Message: fmt.Sprintf("node %q is no member of this cluster, which has %s: "+
				"add it first, as a learner or a voter, then open it", node, names(c.members)),
		}
	case slices.ContainsFunc(c.open, func(o *Backend) bool { return o.node == node }):
		return &sdk.Error{
			Reason:  sdk.ReasonConflict,
			Message: fmt.Sprintf("node %q is open already: close that session first", node),
		}
	case !isMember:
		c.install(append(slices.Clone(c.members), sdk.Member{NodeID: node, Role: sdk.RoleVoter}))
	}
	return nil
}

// halt ends b's part in the cluster: it has had what it will get. Its session
// ends once the state machine returns. c.mu is held.
func (c *Cluster) halt(b *Backend, err error) {
	if b.phase != running {
		return
	}
	b.phase = halted
	b.stop(err)
	c.settle()
}

// leave ends b's session, once.
func (c *Cluster) leave(b *Backend, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.halt(b, err)
	b.phase, b.err = ended, err
	c.open = slices.DeleteFunc(c.open, func(o *Backend) bool { return o == b })
	for _, w := range b.barriers {
		w.done <- errClosed()
	}
	for _, p := range b.pins {
		close(p.reply)
	}
	b.barriers, b.pins = nil, nil
}

// append adds an entry for every node that follows. c.mu is held.
func (c *Cluster) append(data []byte) {
	c.log.append(data)
	for _, b := range c.open {
		signal(b.wake)
	}
}

// logOf returns what b's node has of the log. c.mu is held.
func (c *Cluster) logOf(b *Backend) *log {
	if b.follows {
		return &c.log
	}
	return &b.replica.log
}

// next takes b's next piece of work, if there is one.
func (c *Cluster) next(b *Backend) (work, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	w, l := work{upTo: b.delivered}, c.logOf(b)
	switch {
	case b.phase != running:
		return work{}, false
	case len(b.pins) > 0:
		w.pin, b.pins = b.pins[0], b.pins[1:]
	case c.faultsOf(b.node).held:
		return work{}, false
	case b.delivered < l.base:
		w.restore, w.upTo = l.snapshot, l.base
	case b.delivered < l.last():
		w.entries = l.after(b.delivered)
		w.upTo += uint64(len(w.entries))
	default:
		return work{}, false
	}
	return w, true
}

// ask queues a pin for b's delivery goroutine, unless the session has ended.
func (c *Cluster) ask(b *Backend, p *pin) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if b.phase != running {
		return false
	}
	b.pins = append(b.pins, p)
	signal(b.wake)
	return true
}

// advance notes that b's host has everything up to index.
func (c *Cluster) advance(b *Backend, index uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b.delivered = index
	b.passBarriers()
}

// compact replaces the entries up to index by a snapshot that covers them. A
// node that hasn't come that far gets the snapshot instead.
func (c *Cluster) compact(b *Backend, index uint64, snapshot []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if b.phase != running {
		return errClosed()
	}
	c.logOf(b).compact(index, snapshot)
	return nil
}

// signal leaves at most one token: whoever takes it looks at everything.
func signal(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}
