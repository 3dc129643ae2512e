package contract

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

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
	errs := make([]error, writers*len(c.up))
	var wg sync.WaitGroup
	for i := range errs {
		node := c.up[i%len(c.up)]
		wg.Go(func() {
			if err := c.inOrder(node, fmt.Sprintf("all-%s-%d", node, i), each); err != nil {
				errs[i] = fmt.Errorf("a proposal on node %s, with all nodes there (leader: %s): %w", node, c.machine(node).Status().Leader, err)
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		c.check(err)
	}
	c.settle()
	for _, node := range c.up {
		c.writersInOrder(node)
	}
}

// inOrder has n entries acknowledged on node, one after the other. Nodes may elect
// another leader by themselves, so an attempt may fail for as long as the patience
// lasts; after one whose outcome is unknown the writer has another name, since that
// entry may come at any time.
func (c *cluster) inOrder(node, writer string, n int) error {
	within, cancel := c.stage.Within(c.ctx)
	defer cancel()
	pace := time.NewTicker(pause)
	defer pace.Stop()
	for i, life, done := 0, 0, 0; done < n; i++ {
		err := c.offers.Propose(within, c.session(node), fmt.Sprintf("%s.%d-%d", writer, life, i))
		switch {
		case err == nil:
			done++
			continue
		case trial.IsHang(err), within.Err() != nil:
			return err
		case !errors.Is(err, sdk.ErrNotAppended):
			life++
		}
		<-pace.C
	}
	return nil
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
	c.leader()
	c.writes(3, "led", c.up...)
	c.leader()
	c.settle()
}
