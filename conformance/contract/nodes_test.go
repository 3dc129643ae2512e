package contract_test

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/inmem"
)

// defect is one way in which a cluster can be wrong, or right in another way than
// inmem is. What is nil is as it is there.
type defect struct {
	propose   func(ctx context.Context, n *node, data []byte) error
	barrier   func(ctx context.Context, n *node) error
	apply     func(n *node, entries []sdk.Entry) []sdk.Entry
	status    func(n *node, s sdk.Status) (sdk.Status, bool)
	transfer  func(ctx context.Context, n *node, to string) error
	learner   func(ctx context.Context, n *node, p sdk.Peer, expected []string) error
	changed   func(err error) error // what a change of members answers
	open      func(n *node, err error) error
	heal      func(c *cluster)
	forgetful bool          // of what members a change expects
	haunted   bool          // by nodes that were removed: they go on receiving
	election  time.Duration // how long nobody leads after a change
}

// target is inmem with a defect.
func target(d defect) trial.Target {
	return trial.InProcessCluster("inmem with a defect", func(voters ...string) trial.Cluster {
		return &cluster{Cluster: inmem.NewCluster(voters...), defect: d, meeting: make(chan struct{})}
	})
}

// cluster is inmem's with a defect, and some notes for it.
type cluster struct {
	*inmem.Cluster
	defect

	mu       sync.Mutex
	groups   [][]string // while it is cut
	proposed int
	fallen   int       // leaders that were killed
	quiet    time.Time // until then nobody leads
	nodes    []*node
	removed  map[string]bool
	deferred [][]byte // to be proposed later
	meeting  chan struct{}
}

func (c *cluster) Backend(name string) sdk.Backend {
	n := &node{Backend: c.Cluster.Backend(name).(*inmem.Backend), name: name, c: c}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.nodes = append(c.nodes, n)
	return n
}

func (c *cluster) Kill(name string) {
	c.mu.Lock()
	if c.leads(name) {
		c.fallen++
		c.quiet = time.Now().Add(c.election)
	}
	c.mu.Unlock()
	c.Cluster.Kill(name)
}

// leads reports whether the newest session of a node says that it does. mu is
// held.
func (c *cluster) leads(name string) bool {
	for _, n := range slices.Backward(c.nodes) {
		if n.name == name {
			return n.current().Leader == name
		}
	}
	return false
}

func (c *cluster) Partition(groups ...[]string) {
	c.mu.Lock()
	c.groups, c.quiet = groups, time.Now().Add(c.election)
	c.mu.Unlock()
	c.Cluster.Partition(groups...)
}

func (c *cluster) Heal() {
	c.mu.Lock()
	c.groups, c.quiet = nil, time.Now().Add(c.election)
	c.mu.Unlock()
	c.Cluster.Heal()
	if c.heal != nil {
		c.heal(c)
	}
}

// alone reports whether a node is cut off from all others.
func (c *cluster) alone(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.ContainsFunc(c.groups, func(g []string) bool { return len(g) == 1 && g[0] == name })
}

// electing refuses what needs a leader while there is none.
func (c *cluster) electing() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Now().Before(c.quiet) {
		return &sdk.Error{Reason: sdk.ReasonNoQuorum, Outcome: sdk.NotAppended, Message: "an election is under way"}
	}
	return nil
}

// count is how many proposals there were.
func (c *cluster) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.proposed++
	return c.proposed
}

// fell takes note of a leader that has fallen, once for each.
func (c *cluster) fell() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fallen == 0 {
		return false
	}
	c.fallen--
	return true
}

// node is a session of inmem, and the state machine that it is given.
type node struct {
	*inmem.Backend
	name string
	c    *cluster

	mu   sync.Mutex // one Apply at a time, though a haunted node has two sources
	sm   sdk.StateMachine
	last uint64
	late []sdk.Entry // what a defect keeps back

	know   sync.Mutex
	status sdk.Status
}

func (n *node) Open(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine) error {
	n.mu.Lock()
	n.sm = sm
	n.mu.Unlock()
	err := n.Backend.Open(ctx, cfg, given{sm, n})
	if n.c.open != nil {
		return n.c.open(n, err)
	}
	return err
}

func (n *node) Propose(ctx context.Context, data []byte) error {
	if err := n.c.electing(); err != nil {
		return err
	}
	if n.c.propose != nil {
		return n.c.propose(ctx, n, data)
	}
	return n.Backend.Propose(ctx, data)
}

func (n *node) ReadBarrier(ctx context.Context) error {
	if err := n.c.electing(); err != nil {
		return err
	}
	if n.c.barrier != nil {
		return n.c.barrier(ctx, n)
	}
	return n.Backend.ReadBarrier(ctx)
}

func (n *node) TransferLeadership(ctx context.Context, to string) error {
	if n.c.transfer != nil {
		return n.c.transfer(ctx, n, to)
	}
	return n.Backend.TransferLeadership(ctx, to)
}

func (n *node) AddLearner(ctx context.Context, p sdk.Peer, expected []string) error {
	if n.c.learner != nil {
		return n.c.learner(ctx, n, p, expected)
	}
	return n.answer(n.Backend.AddLearner(ctx, p, n.expected(expected)))
}

func (n *node) AddVoter(ctx context.Context, p sdk.Peer, expected []string) error {
	return n.answer(n.Backend.AddVoter(ctx, p, n.expected(expected)))
}

func (n *node) Promote(ctx context.Context, name string, expected []string) error {
	return n.answer(n.Backend.Promote(ctx, name, n.expected(expected)))
}

func (n *node) Remove(ctx context.Context, name string, expected []string) error {
	err := n.Backend.Remove(ctx, name, n.expected(expected))
	if err == nil {
		n.c.mu.Lock()
		defer n.c.mu.Unlock()
		n.c.removed = map[string]bool{name: true}
	}
	return n.answer(err)
}

func (n *node) answer(err error) error {
	if n.c.changed != nil {
		return n.c.changed(err)
	}
	return err
}

func (n *node) expected(members []string) []string {
	if n.c.forgetful {
		return nil
	}
	return members
}

// current is the newest status.
func (n *node) current() sdk.Status {
	n.know.Lock()
	defer n.know.Unlock()
	return n.status
}

// take hands entries over, those that are new to this session.
func (n *node) take(ctx context.Context, entries []sdk.Entry) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	entries = slices.DeleteFunc(entries, func(e sdk.Entry) bool { return e.Index <= n.last })
	if len(entries) > 0 {
		n.last = entries[len(entries)-1].Index
	}
	if n.c.apply != nil {
		entries = n.c.apply(n, entries)
	}
	if len(entries) == 0 {
		return nil
	}
	return n.sm.Apply(ctx, entries...)
}

// given is the state machine as inmem sees it.
type given struct {
	sdk.StateMachine
	n *node
}

func (g given) SetStatus(s sdk.Status) {
	g.n.know.Lock()
	g.n.status = s
	g.n.know.Unlock()
	if g.n.c.status != nil {
		var tell bool
		if s, tell = g.n.c.status(g.n, s); !tell {
			return
		}
	}
	g.StateMachine.SetStatus(s)
}

func (g given) Apply(ctx context.Context, entries ...sdk.Entry) error {
	if g.n.c.haunted {
		g.n.haunt(ctx, entries)
	}
	return g.n.take(ctx, entries)
}

// haunt gives a removed node what this one is given.
func (n *node) haunt(ctx context.Context, entries []sdk.Entry) {
	n.c.mu.Lock()
	var ghosts []*node
	for _, other := range n.c.nodes {
		if n.c.removed[other.name] && other != n {
			ghosts = append(ghosts, other)
		}
	}
	n.c.mu.Unlock()
	for _, ghost := range ghosts {
		copied := make([]sdk.Entry, len(entries))
		for i, e := range entries {
			copied[i] = sdk.Entry{Index: e.Index, Data: slices.Clone(e.Data)}
		}
		_ = ghost.take(ctx, copied) // what a judge says to a ghost is the judge's to report
	}
}
