package contract

import (
	"bytes"
	"context"
	"fmt"

	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
)

// name makes data that nobody else proposes.
func (c *cluster) name(prefix string) string { return fmt.Sprintf("%s-%d", prefix, c.names.Add(1)) }

// write has an entry acknowledged on node, and returns it. An attempt that fails
// is followed by one with other data: what became of it is unknown.
func (c *cluster) write(node, prefix string) (data string) {
	c.retry("no proposal on node "+node+" was acknowledged", func(ctx context.Context) error {
		data = c.name(prefix)
		return c.offers.Propose(ctx, c.session(node), data)
	})
	return data
}

// writes has n entries acknowledged on each of nodes.
func (c *cluster) writes(n int, prefix string, nodes ...string) {
	for range n {
		for _, node := range nodes {
			c.write(node, prefix+"-"+node)
		}
	}
}

// delivered is write, and waits until node has it.
func (c *cluster) delivered(node, prefix string) string {
	data := c.write(node, prefix)
	c.await(node, "the delivery of "+data, func(*trial.Machine) bool { return c.has(node, data) })
	return data
}

// settle has a last entry acknowledged, waits until every node that is up has all
// that was, and holds their logs against what was offered and against each other.
func (c *cluster) settle() {
	if c.err != nil {
		return
	}
	c.rest()
	last := c.write(c.up[0], "last")
	for _, node := range c.up {
		if c.err == nil {
			c.check(c.offers.Settle(c.ctx, c.stage, c.machine(node)))
		}
	}
	for _, node := range c.up[1:] {
		c.alike(c.up[0], node, last)
	}
}

// alike says that two nodes have the same log up to last; what is unknown may
// still come after it.
func (c *cluster) alike(a, b, last string) {
	if c.err != nil {
		return
	}
	one, other := upTo(c.machine(a).Entries(), last), upTo(c.machine(b).Entries(), last)
	for i := range min(len(one), len(other)) {
		if x, y := one[i], other[i]; x.Index != y.Index || !bytes.Equal(x.Data, y.Data) {
			c.failf("entry number %d is %s at index %d on node %s, and %s at index %d on node %s (R1)",
				i+1, trial.Show(x.Data), x.Index, a, trial.Show(y.Data), y.Index, b)
			return
		}
	}
	if len(one) != len(other) {
		c.failf("up to %s node %s was given %d entries, and node %s %d (R1)", last, a, len(one), b, len(other))
	}
}

func upTo(entries []sdk.Entry, last string) []sdk.Entry {
	for i, e := range entries {
		if string(e.Data) == last {
			return entries[:i+1]
		}
	}
	return entries
}

// load starts a writer for each node that is up.
func (c *cluster) load() {
	if c.err != nil {
		return
	}
	for _, node := range c.up {
		c.background(func(ctx context.Context) error {
			return c.offers.Propose(ctx, c.session(node), c.name("load-"+node))
		})
	}
}

// traffic is how many entries a fault must have before and after it to mean
// anything.
const traffic = 20

// flow waits until node was given that many more.
func (c *cluster) flow(node string) {
	if c.err != nil {
		return
	}
	from := len(c.machine(node).Entries())
	c.await(node, fmt.Sprintf("%d more entries under load", traffic), func(m *trial.Machine) bool {
		return len(m.Entries()) >= from+traffic
	})
}
