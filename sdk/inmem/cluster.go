package inmem

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/chronik-stream/metalog/sdk"
)

// A delivery holds at most so much, which keeps it within one message of the
// process wall. The log itself has no bound but memory and Compact.
const (
	deliveryEntries = 256
	deliveryBytes   = 4 << 20
)

// Cluster is a log and the nodes that read it. Its methods may be called by
// any goroutine.
type Cluster struct {
	claims sdk.Claims

	mu       sync.Mutex
	base     uint64   // the last index that the snapshot covers
	snapshot []byte   // never changed; nil while base is 0
	entries  [][]byte // from base+1 on; never changed
	members  []string // every node that has ever been open, in that order
	open     []*Backend
	faults   map[string]*faults
}

// NewCluster returns a cluster without nodes and with an empty log.
func NewCluster() *Cluster {
	return newCluster(sdk.Replicated, sdk.Snapshots, sdk.CanReadBarrier, sdk.CanCompact)
}

func newCluster(claims ...sdk.Claim) *Cluster {
	return &Cluster{claims: claims, faults: map[string]*faults{}}
}

// Backend returns a session of node, to be opened once. A node is a member
// from its first Open on, for good.
func (c *Cluster) Backend(node string) sdk.Backend { return newBackend(c, node) }

// New returns a single node with a log of its own, which Close forgets. It
// takes its name from Config.NodeID.
func New() sdk.Backend {
	return newBackend(newCluster(sdk.Snapshots, sdk.CanReadBarrier, sdk.CanCompact), "")
}

func (c *Cluster) last() uint64 { return c.base + uint64(len(c.entries)) }

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
	if slices.ContainsFunc(c.open, func(o *Backend) bool { return o.node == b.node }) {
		return &sdk.Error{
			Reason:  sdk.ReasonConflict,
			Message: fmt.Sprintf("node %q is open already: close that session first", b.node),
		}
	}
	if !slices.Contains(c.members, b.node) {
		c.members = append(c.members, b.node)
	}
	c.open = append(c.open, b)
	b.phase, b.stop = running, stop
	c.statusChanged()
	return nil
}

// leave ends b's part in the cluster, once.
func (c *Cluster) leave(b *Backend, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b.phase = ended
	b.err = err
	if i := slices.Index(c.open, b); i >= 0 {
		c.open = slices.Delete(c.open, i, i+1)
	}
	for _, w := range b.barriers {
		w.done <- errClosed()
	}
	for _, p := range b.pins {
		close(p.reply)
	}
	b.barriers, b.pins = nil, nil
	c.statusChanged()
}

// append adds an entry for every node. c.mu is held.
func (c *Cluster) append(data []byte) {
	c.entries = append(c.entries, bytes.Clone(data))
	for _, b := range c.open {
		signal(b.wake)
	}
}

// statusChanged has every open node report again. c.mu is held.
func (c *Cluster) statusChanged() {
	for _, b := range c.open {
		signal(b.report)
	}
}

// status is what each node says about the cluster: whoever has been open for
// longest leads, so there is a leader whenever there is a node.
func (c *Cluster) status() sdk.Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := sdk.Status{Health: sdk.HealthOK, CommitIndex: c.last(), StoredIndex: c.last()}
	if len(c.open) > 0 {
		s.CanPropose, s.Leader = true, c.open[0].node
	}
	for _, m := range c.members {
		s.Members = append(s.Members, sdk.Member{NodeID: m, Role: sdk.RoleVoter})
	}
	return s
}

// next takes b's next piece of work, if there is one.
func (c *Cluster) next(b *Backend) (work, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	w := work{upTo: b.delivered}
	switch {
	case len(b.pins) > 0:
		w.pin, b.pins = b.pins[0], b.pins[1:]
	case c.faultsOf(b.node).held:
		return work{}, false
	case b.delivered < c.base:
		w.restore, w.upTo = c.snapshot, c.base
	case b.delivered < c.last():
		w.entries = c.batch(b.delivered)
		w.upTo += uint64(len(w.entries))
	default:
		return work{}, false
	}
	return w, true
}

// batch copies entries after index: each node's host owns what it gets.
func (c *Cluster) batch(index uint64) []sdk.Entry {
	var batch []sdk.Entry
	size := 0
	for _, data := range c.entries[index-c.base:] {
		size += len(data)
		if len(batch) == deliveryEntries || len(batch) > 0 && size > deliveryBytes {
			break
		}
		index++
		batch = append(batch, sdk.Entry{Index: index, Data: bytes.Clone(data)})
	}
	return batch
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
	b.barriers = slices.DeleteFunc(b.barriers, func(w barrier) bool {
		if w.index > index {
			return false
		}
		w.done <- nil
		return true
	})
}

// compact replaces the entries up to index by a snapshot that covers them. A
// node that hasn't come that far gets the snapshot instead.
func (c *Cluster) compact(index uint64, snapshot []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if index <= c.base {
		return
	}
	c.entries = slices.Clone(c.entries[index-c.base:])
	c.base, c.snapshot = index, snapshot
}

// signal leaves at most one token: whoever takes it looks at everything.
func signal(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}
