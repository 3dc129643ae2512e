package contract

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
)

// cluster is the nodes of a case, and all that is proposed to them. The case's
// goroutine uses it, in the order of the story; after the first failure its
// methods do nothing, and err is what the case says.
type cluster struct {
	ctx     context.Context // of the case
	stage   *trial.Stage
	offers  trial.Offers
	names   atomic.Int64
	up      []string // the nodes that have a session, sorted
	removed []string // those that were taken out of the cluster
	beside  background
	err     error

	mu       sync.Mutex
	sessions map[string]*trial.Session // the newest of each node
}

// pause is what is left between two attempts of one writer, so that neither a
// refusal nor a very fast backend makes a log that nobody can judge in time.
const pause = time.Millisecond

// moment is how long something is watched that must not happen, where no later
// event can show it. A backend that does it does it at once.
const moment = 150 * time.Millisecond

// onNodes plays a story on nodes n1 to nN, which are open and have a leader.
func onNodes(n int, story func(*cluster)) func(context.Context, *trial.Stage) error {
	return func(ctx context.Context, s *trial.Stage) error {
		c := &cluster{ctx: ctx, stage: s, sessions: map[string]*trial.Session{}}
		defer c.rest()
		for i := range n {
			c.start(trial.NodeName(i + 1))
		}
		c.ready()
		if c.err == nil {
			story(c)
		}
		c.rest()
		c.forget()
		return c.err
	}
}

// ready waits until proposals have a chance. A single node need name no leader.
func (c *cluster) ready() {
	if len(c.up) > 1 {
		c.leader()
		return
	}
	c.await("n1", "a status that it can propose", func(m *trial.Machine) bool { return m.Status().CanPropose })
}

func onThree(story func(*cluster)) func(context.Context, *trial.Stage) error {
	return onNodes(3, story)
}

// forget ends the sessions of nodes that were removed: they may end by themselves.
func (c *cluster) forget() {
	for _, node := range c.removed {
		c.session(node).Forget(c.ctx)
	}
	c.removed = nil
}

// check takes the first failure.
func (c *cluster) check(err error) {
	if c.err == nil {
		c.err = err
	}
}

func (c *cluster) failf(format string, args ...any) { c.check(fmt.Errorf(format, args...)) }

// start opens node with a host that has nothing.
func (c *cluster) start(node string) {
	if c.err == nil {
		c.open(node, c.stage.Machine(node))
	}
}

// reopen opens node with the state that its host had.
func (c *cluster) reopen(node string) {
	if c.err == nil {
		c.open(node, c.machine(node))
	}
}

func (c *cluster) open(node string, m *trial.Machine) {
	session, err := c.stage.Open(c.ctx, node, m)
	if err != nil {
		c.check(err)
		return
	}
	c.mu.Lock()
	c.sessions[node] = session
	c.mu.Unlock()
	c.up = append(c.up, node)
	slices.Sort(c.up)
}

// kill ends node as a SIGKILL would; close asks it to end.
func (c *cluster) kill(node string)  { c.end(node, (*trial.Session).Kill) }
func (c *cluster) close(node string) { c.end(node, (*trial.Session).Close) }

func (c *cluster) end(node string, how func(*trial.Session, context.Context) error) {
	if c.err != nil {
		return
	}
	c.check(how(c.session(node), c.ctx))
	c.gone(node)
}

// gone takes node out of those that are asked for anything.
func (c *cluster) gone(node string) {
	c.up = slices.DeleteFunc(c.up, func(other string) bool { return other == node })
}

// cut keeps groups of nodes from each other; heal ends that.
func (c *cluster) cut(groups ...[]string) {
	if c.err == nil {
		c.check(c.stage.World.Partition(groups...))
	}
}

func (c *cluster) heal() {
	if c.err == nil {
		c.check(c.stage.World.Heal())
	}
}

func (c *cluster) session(node string) *trial.Session {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sessions[node]
}

func (c *cluster) machine(node string) *trial.Machine { return c.session(node).Machine }

func (c *cluster) machines(nodes []string) []*trial.Machine {
	var all []*trial.Machine
	for _, node := range nodes {
		all = append(all, c.machine(node))
	}
	return all
}

// others are the nodes with a session, but for these.
func (c *cluster) others(nodes ...string) []string {
	return slices.DeleteFunc(slices.Clone(c.up), func(node string) bool { return slices.Contains(nodes, node) })
}

// other is one of the others; there is none after a failure.
func (c *cluster) other(nodes ...string) string {
	if others := c.others(nodes...); len(others) > 0 {
		return others[0]
	}
	return ""
}

// await waits for something of one node, and among of several.
func (c *cluster) await(node, what string, cond func(*trial.Machine) bool) {
	if c.err != nil {
		return
	}
	ctx, cancel := c.stage.Within(c.ctx)
	defer cancel()
	m := c.machine(node)
	c.check(m.Await(ctx, what, func() bool { return cond(m) }))
}

func (c *cluster) among(what string, nodes []string, cond func() bool) {
	if c.err == nil {
		c.check(c.comes(what, nodes, cond))
	}
}

// comes is among for what may be excused if it doesn't come to pass.
func (c *cluster) comes(what string, nodes []string, cond func() bool) error {
	ctx, cancel := c.stage.Within(c.ctx)
	defer cancel()
	return trial.AwaitAmong(ctx, what, c.machines(nodes), cond)
}

// has reports whether node has been given data.
func (c *cluster) has(node, data string) bool {
	return slices.ContainsFunc(c.machine(node).Entries(), func(e sdk.Entry) bool { return string(e.Data) == data })
}

// within bounds one attempt: a fifth of the patience, so that one which was lost
// with a leader leaves time for others.
func (c *cluster) within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, c.stage.Patience/5)
}

// retry attempts until one succeeds, for as long as the patience lasts.
func (c *cluster) retry(what string, attempt func(context.Context) error) {
	c.retryFor(c.stage.Patience, what, attempt)
}

func (c *cluster) retryFor(long time.Duration, what string, attempt func(context.Context) error) {
	if c.err != nil {
		return
	}
	within, cancel := context.WithTimeout(c.ctx, long)
	defer cancel()
	pace := time.NewTicker(pause)
	defer pace.Stop()
	for {
		ctx, cancel := c.within(within)
		err := attempt(ctx)
		cancel()
		if err == nil {
			return
		}
		if trial.IsHang(err) || within.Err() != nil {
			c.failf("%s within %v: %w", what, long, err)
			return
		}
		<-pace.C
	}
}
