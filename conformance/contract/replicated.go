package contract

import (
	"strconv"
	"strings"
	"sync"

	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
)

// replicated is the family of R11: several nodes are one log, whoever is asked
// and whoever is away.
func replicated() []trial.Case {
	cases := append(replicatedTogether(), replicatedFaults()...)
	cases = append(cases, replicatedSnapshots()...)
	cases = append(cases, replicatedCuts()...)
	for i := range cases {
		cases[i].Profile, cases[i].Nodes = trial.Replicated, 3
	}
	return cases
}

func replicatedTogether() []trial.Case {
	return []trial.Case{
		{
			ID: "REP-001", Title: "proposals through one node", Rule: "R1, R2", Run: onThree(sameEverywhere),
			Promise: "Every node is given the same entries, with the same indexes and bytes.",
		},
		{
			ID: "REP-002", Title: "proposals on all nodes at once", Rule: "R11, R8", Run: onThree(proposeEverywhere),
			Promise: "Propose works on every node: each acknowledged entry is delivered once, and each writer's in its order.",
		},
		{
			ID: "REP-003", Title: "who leads", Rule: "R10, R11", Run: onThree(oneLeader),
			Promise: "There is one leader, every node names the same, and each can propose.",
		},
	}
}

func sameEverywhere(c *cluster) {
	c.writes(60, "one", "n1")
	c.settle()
}

func proposeEverywhere(c *cluster) {
	const writers, each = 4, 25
	errs := make(map[string]error)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, node := range c.up {
		wg.Go(func() {
			err := c.offers.Load(c.ctx, c.session(node), "all-"+node, writers, each)
			mu.Lock()
			defer mu.Unlock()
			errs[node] = err
		})
	}
	wg.Wait()
	for _, node := range c.up {
		if errs[node] != nil {
			c.failf("a proposal on node %s, with all nodes there (leader: %s): %w", node, c.machine(node).Status().Leader, errs[node])
		}
	}
	c.settle()
	for _, node := range c.up {
		c.writersInOrder(node)
	}
}

// writersInOrder says that of each writer, which is what its data begins with,
// the numbers at the end increase.
func (c *cluster) writersInOrder(node string) {
	if c.err != nil {
		return
	}
	last := map[string]sdk.Entry{}
	for _, e := range c.machine(node).Entries() {
		writer, n := numbered(e)
		before, some := last[writer]
		if _, m := numbered(before); some && n <= m {
			c.failf("node %s was given %s at index %d after %s at %d: one writer had proposed them one after the other (R1)",
				node, trial.Show(e.Data), e.Index, trial.Show(before.Data), before.Index)
			return
		}
		last[writer] = e
	}
}

func numbered(e sdk.Entry) (writer string, n int) {
	data := string(e.Data)
	at := strings.LastIndexByte(data, '-') + 1
	n, _ = strconv.Atoi(data[at:])
	return data[:at], n
}

func oneLeader(c *cluster) {
	leader := c.leader()
	c.writes(3, "led", c.up...)
	if again := c.leader(); c.err == nil && again != leader {
		c.failf("%s led, and %s does a few writes later, though nothing had happened", leader, again)
	}
	c.settle()
}
