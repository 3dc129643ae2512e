package inmem

import (
	"fmt"

	"github.com/chronik-stream/metalog/sdk"
)

// faults are what a test has ordered for one node. They outlast its sessions.
type faults struct {
	held     bool
	proposes []proposeFault
}

type proposeFault struct {
	err      error
	appended bool
}

// FailPropose makes the next Propose on node return err. Orders add up: each
// serves one Propose. With appended the entry gets into the log all the same,
// as it may whenever an outcome is unknown.
func (c *Cluster) FailPropose(node string, err error, appended bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f := c.faultsOf(node)
	f.proposes = append(f.proposes, proposeFault{err: err, appended: appended})
}

// Unserved is how many orders of FailPropose for node still wait for a Propose.
func (c *Cluster) Unserved(node string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.faultsOf(node).proposes)
}

// Hold stops deliveries to node after the one under way, until Release. What
// it proposes is still committed.
func (c *Cluster) Hold(node string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faultsOf(node).held = true
}

// Release ends Hold.
func (c *Cluster) Release(node string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faultsOf(node).held = false
	for _, b := range c.open {
		signal(b.wake)
	}
}

// End ends node's session with err, as a crash of its process would: it takes
// part no more when End returns; Done closes, and Err returns err, as soon as
// the state machine returns. End does nothing for a node that isn't open.
// Another session may be opened once Done is closed.
func (c *Cluster) End(node string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, b := range c.open {
		if b.node == node {
			c.halt(b, err)
		}
	}
}

// Kill is End as SIGKILL would do it. What the node had of the log stays.
func (c *Cluster) Kill(node string) {
	c.End(node, &sdk.Error{Reason: sdk.ReasonInternal, Message: fmt.Sprintf("node %q was killed", node)})
}

// faultsOf returns node's orders. c.mu is held.
func (c *Cluster) faultsOf(node string) *faults {
	f := c.faults[node]
	if f == nil {
		f = &faults{}
		c.faults[node] = f
	}
	return f
}

func (f *faults) takePropose() (proposeFault, bool) {
	if len(f.proposes) == 0 {
		return proposeFault{}, false
	}
	next := f.proposes[0]
	f.proposes = f.proposes[1:]
	return next, true
}
