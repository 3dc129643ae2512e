package contract

import (
	"context"
	"time"

	"github.com/chronik-stream/metalog/conformance/trial"
)

// linearizable is the family of R15: what a read barrier promises, on one node
// and on several.
func linearizable() []trial.Case {
	cases := linearizableAlone()
	for _, c := range append(linearizableNodes(), linearizableFaults()...) {
		c.Nodes = 3
		cases = append(cases, c)
	}
	for i := range cases {
		cases[i].Profile = trial.Linearizable
	}
	return cases
}

func linearizableAlone() []trial.Case {
	return []trial.Case{
		{
			ID: "RBR-001", Title: "a barrier after each acknowledged write", Rule: "R15", Run: onNodes(1, barrierAfterWrite),
			Promise: "When ReadBarrier returns nil, what was acknowledged before it began has been handed over.",
		},
		{
			ID: "RBR-002", Title: "a barrier while Apply is held", Rule: "R15", Run: onNodes(1, barrierWhileHeld),
			Promise: "ReadBarrier doesn't return nil before the state machine has taken what was delivered before it began.",
		},
		{
			ID: "RBR-003", Title: "many barriers at once, between writes", Rule: "R15", Run: onNodes(1, barriersUnderLoad),
			Promise: "Any number may wait at a barrier, and each is told by its own beginning.",
		},
		{
			ID: "RBR-004", Title: "a barrier with a deadline, while Apply is held", Rule: "R15", Run: onNodes(1, barrierDeadline),
			Promise: "A barrier that can't be passed answers an error when its context ends.",
		},
		{
			ID: "RBR-005", Title: "a barrier after Close", Rule: "R12, R15", Run: onNodes(1, barrierAfterClose),
			Promise: "A session that is over passes no barrier: the call is refused.",
		},
	}
}

// barrier has node pass one, within the patience.
func (c *cluster) barrier(node string) {
	c.retry("node "+node+" passed no barrier", c.session(node).Barrier)
}

// reads passes a barrier on node, after which it must have data.
func (c *cluster) reads(node, data string) {
	if c.err != nil {
		return
	}
	if c.barrier(node); c.err == nil {
		c.holds(node, data)
	}
}

// holds is asked after a barrier: what isn't there now is stale.
func (c *cluster) holds(node, data string) {
	if c.err == nil && !c.has(node, data) {
		c.failf("node %s passed a barrier, and %s, which was there before it began, hasn't been handed over: its state ends at index %d (R15)",
			node, data, c.applied(node))
	}
}

func barrierAfterWrite(c *cluster) {
	for range 50 {
		c.reads("n1", c.write("n1", "read"))
	}
	c.settle()
}

// barrierWhileHeld offers an entry beside the story: a backend may acknowledge it
// only when the machine has taken it.
func barrierWhileHeld(c *cluster) {
	release := c.hold("n1")
	defer release()
	c.stuck("n1", "held")
	c.passesOnly("n1", release)
	c.settle()
}

// hold makes the machine of node wait in Apply until release is called.
func (c *cluster) hold(node string) (release func()) {
	if c.err != nil {
		return func() {}
	}
	return c.machine(node).Hold()
}

// stuck has an entry on its way to node, whose machine is held.
func (c *cluster) stuck(node, data string) {
	if c.err != nil {
		return
	}
	session := c.session(node)
	c.once(func() error { return c.offers.Propose(c.ctx, session, data) })
	c.await(node, "the delivery of "+data, func(m *trial.Machine) bool { return m.Counts().Held > 0 })
}

// passesOnly says that node, whose state machine is held, passes a barrier after
// release, and not before. One that failed since the leader had changed is asked
// for anew.
func (c *cluster) passesOnly(node string, release func()) {
	since := c.office()
	answer := c.waiting(node)
	if early, err := answer.early(); early && err == nil {
		c.failf("node %s passed a barrier while its state machine was held in Apply, with an entry that was delivered before (R15)", node)
	}
	release()
	err := answer.late()
	if err == nil {
		return
	}
	if err = c.excused(since, err); err != nil {
		c.failf("node %s passed no barrier after its state machine went on: %w", node, err)
	}
	c.barrier(node)
}

// answer is that of a barrier which is under way.
type answer chan error

// waiting begins a barrier on node.
func (c *cluster) waiting(node string) answer {
	a := make(answer, 1)
	if c.err != nil {
		a <- nil
		return a
	}
	session, called := c.session(node), make(chan struct{})
	c.once(func() error {
		close(called)
		err := session.Barrier(c.ctx)
		a <- err
		return err
	})
	<-called
	return a
}

// early watches for an answer for a moment: a barrier that doesn't wait is back
// at once.
func (a answer) early() (bool, error) {
	watch := time.NewTimer(moment)
	defer watch.Stop()
	select {
	case err := <-a:
		a <- err
		return true, err
	case <-watch.C:
		return false, nil
	}
}

// late waits for the answer, which a session's calls always have.
func (a answer) late() error { return <-a }

func barrierDeadline(c *cluster) {
	release := c.hold("n1")
	defer release()
	c.stuck("n1", "held")
	c.notPassed("n1", "whose state machine is held in Apply")
	release()
	c.reads("n1", "held")
	c.settle()
}

// notPassed says that a barrier on node ends with its context, and with an error.
func (c *cluster) notPassed(node, why string) {
	if c.err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(c.ctx, moment)
	defer cancel()
	switch err := c.session(node).Barrier(ctx); {
	case err == nil:
		c.failf("node %s, %s, passed a barrier; its state ends at index %d (R15)", node, why, c.applied(node))
	case trial.IsHang(err):
		c.failf("node %s, %s: %w", node, why, err)
	}
}

func barrierAfterClose(c *cluster) {
	c.reads("n1", c.write("n1", "read"))
	c.close("n1")
	if c.err != nil {
		return
	}
	switch err := c.session("n1").Barrier(c.ctx); {
	case err == nil:
		c.failf("node n1 passed a barrier after Close (R12)")
	case trial.IsHang(err):
		c.failf("a barrier after Close: %w", err)
	}
}

func barriersUnderLoad(c *cluster) {
	h := c.record()
	for range 8 {
		h.reader("n1")
	}
	h.writer("n1")
	c.flow("n1")
	h.judge()
	c.settle()
}
