package links

import (
	"errors"
	"fmt"
	"slices"
)

// Anyone stands for every node in Cut.
const Anyone = ""

// way is the direction of bytes: who sends them, and to whom.
type way struct{ from, to string }

func (w way) back() way { return way{w.to, w.from} }

// rules say which ways are cut. The zero value: none.
type rules struct {
	cuts   []way
	parted bool
	group  map[string]int
}

func (r rules) cut(w way) bool {
	for _, c := range r.cuts {
		if (c.from == w.from || c.from == Anyone) && (c.to == w.to || c.to == Anyone) {
			return true
		}
	}
	if !r.parted || w.from == w.to {
		return false
	}
	a, inA := r.group[w.from]
	b, inB := r.group[w.to]
	return !inA || !inB || a != b
}

// Cut stops what from sends to, whoever dialed: what was sent before may still
// come, nothing else does. It adds to what is cut already. Anyone stands for all.
//
// It is as if packets were lost. An established connection stalls, and neither end
// hears of the other's end; a new one is accepted, and stays without an answer
// while either way is cut, as the first packets of a real one go both ways.
func (n *Net) Cut(from, to string) error {
	if err := n.known(from, to); err != nil {
		return err
	}
	n.change(func(r *rules) { r.cuts = append(r.cuts, way{from, to}) })
	return nil
}

// Partition lets nodes reach each other only within a group; a node in none is
// alone, one in several belongs to the last. It takes the place of an earlier
// Partition, and leaves Cut's cuts as they are.
func (n *Net) Partition(groups ...[]string) error {
	group := map[string]int{}
	for i, g := range groups {
		for _, name := range g {
			group[name] = i
		}
		if err := n.known(g...); err != nil {
			return err
		}
	}
	if err := CanPartition(); err != nil {
		return err
	}
	n.change(func(r *rules) { r.parted, r.group = true, group })
	return nil
}

// Heal ends every cut. Established connections go on where they stalled, as they do
// when packets come through again; those without an answer get one, unless whoever
// dialed has given up.
func (n *Net) Heal() { n.change(func(r *rules) { *r = rules{} }) }

// CanPartition is nil where it can be told who dials, so that Partition works, and
// Cut between two nodes.
func CanPartition() error {
	if !tellsDialers {
		return errDialers
	}
	return nil
}

// errDialers is why only cuts before or behind Anyone work on this system.
var errDialers = fmt.Errorf("who dials can be told on Linux only; here only what goes to one node, "+
	"or comes from it, can be cut for all others: %w", errors.ErrUnsupported)

// known refuses names that no node has.
func (n *Net) known(names ...string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, name := range names {
		if _, ok := n.nodes[name]; !ok && name != Anyone {
			return fmt.Errorf("there is no node %q to be cut off", name)
		}
	}
	if slices.Contains(names, Anyone) {
		return nil
	}
	return CanPartition()
}

func (n *Net) change(change func(*rules)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	r := n.rules
	r.cuts = slices.Clone(r.cuts)
	change(&r)
	n.rules = r
	close(n.changed)
	n.changed = make(chan struct{})
}

// pass waits until all these ways are open at once; false: over was closed before,
// or the network.
func (n *Net) pass(over <-chan struct{}, ways ...way) bool {
	for {
		n.mu.Lock()
		stalled, changed := slices.ContainsFunc(ways, n.rules.cut), n.changed
		n.mu.Unlock()
		if !stalled {
			return true
		}
		select {
		case <-changed:
		case <-over:
			return false
		case <-n.ctx.Done():
			return false
		}
	}
}
