package contract

import (
	"github.com/chronik-stream/metalog/conformance/trial"
)

func linearizableNodes() []trial.Case {
	return []trial.Case{
		{
			ID: "RBR-006", Title: "a barrier on every node after a delivery on every other", Rule: "R11, R15", Run: onThree(barrierEverywhere),
			Promise: "When ReadBarrier returns nil, everything delivered on any node before the call began has been handed over here.",
		},
		{
			ID: "RBR-007", Title: "a barrier on a follower while its Apply is held", Rule: "R15", Run: onThree(followerHeld),
			Promise: "A follower's barrier waits until what was delivered elsewhere has been handed over here.",
		},
		{
			ID: "RBR-008", Title: "reads on all nodes under load", Rule: "R11, R15", Run: onThree(readsUnderLoad),
			Promise: "Reads after barriers are linearizable on every node.",
		},
	}
}

func barrierEverywhere(c *cluster) {
	nodes := []string{"n1", "n2", "n3"}
	for range 5 {
		for _, writer := range nodes {
			for _, reader := range nodes {
				c.reads(reader, c.delivered(writer, "read"))
			}
		}
	}
	c.settle()
}

func followerHeld(c *cluster) {
	held := c.follower()
	release := c.hold(held)
	defer release()
	data := c.delivered(c.other(held), "elsewhere")
	c.passesOnly(held, release)
	c.holds(held, data)
	c.settle()
}

func readsUnderLoad(c *cluster) {
	h := c.readAndWrite()
	for _, node := range c.up {
		c.flow(node)
	}
	h.judge()
	c.settle()
}

// readAndWrite has a writer and two readers on every node.
func (c *cluster) readAndWrite() *recorder {
	h := c.record()
	for _, node := range c.up {
		h.writer(node)
		h.reader(node)
		h.reader(node)
	}
	return h
}
