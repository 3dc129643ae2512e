package contract

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
)

// leader waits until all that are up name the same one among them, and say that
// they can propose.
func (c *cluster) leader() string { return c.leaderAmong(c.up) }

// leaderAmong is leader for some of the nodes.
func (c *cluster) leaderAmong(nodes []string) (leader string) {
	if c.err != nil {
		return ""
	}
	machines := c.machines(nodes)
	c.among(fmt.Sprintf("one leader among %v, named by each of them, with all able to propose", nodes), nodes, func() bool {
		leader = machines[0].Status().Leader
		return slices.Contains(nodes, leader) && !slices.ContainsFunc(machines, func(m *trial.Machine) bool {
			status := m.Status()
			return status.Leader != leader || !status.CanPropose
		})
	})
	return leader
}

// askLeader asks the leader, and again whoever leads then while it answers that
// nothing was done and that it may be asked again: a leader may change by itself, and
// a library may be busy with the change before. It returns the last answer.
func (c *cluster) askLeader(ctx context.Context, ask func(*trial.Session) error) (err error) {
	within, cancel := c.stage.Within(ctx)
	defer cancel()
	pace := time.NewTicker(pause)
	defer pace.Stop()
	for {
		leader := c.leader()
		if c.err != nil {
			return c.err
		}
		if err = ask(c.session(leader)); trial.IsHang(err) {
			c.check(err)
		}
		again := errors.Is(err, sdk.ErrNotAppended) && !errors.Is(err, sdk.ErrConflict) && !errors.Is(err, sdk.ErrUnsupported)
		if !again || within.Err() != nil {
			return err
		}
		<-pace.C
	}
}

// office is who led at a moment, and what the nodes had said by then.
type office struct {
	leader string         // empty: there is one node
	said   map[string]int // statuses of each
}

func (c *cluster) office() office {
	o := office{said: map[string]int{}}
	for _, node := range c.up {
		o.said[node] = len(c.machine(node).Leaders())
	}
	if len(c.up) > 1 {
		o.leader = c.leader()
	}
	return o
}

// named is whom node has named as the leader since.
func (c *cluster) named(node string, since office) []string {
	return c.machine(node).Leaders()[since.said[node]:]
}

// excused is nil if a node comes to say that another leads than did then, or nobody:
// a leader may change by itself, and what was under way may fail with it. Otherwise
// it is fault.
func (c *cluster) excused(since office, fault error) error {
	if since.leader == "" || c.err != nil {
		return fault
	}
	moved := func(leader string) bool { return leader != since.leader }
	err := c.comes("another leader", c.up, func() bool {
		return slices.ContainsFunc(c.up, func(node string) bool { return slices.ContainsFunc(c.named(node, since), moved) })
	})
	if err != nil {
		return fmt.Errorf("%w; and node %s leads as before", fault, since.leader)
	}
	return nil
}

// follower is one of the nodes that doesn't lead.
func (c *cluster) follower() string { return c.other(c.leader()) }
