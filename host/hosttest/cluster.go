// Package hosttest runs nodes over an inmem cluster within a test.
package hosttest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/inmem"
)

// Nodes is a cluster of hosts in this process, named n1, n2 and so on. They
// share one log; each has its own state. The test's goroutine uses it.
type Nodes struct {
	// Log is what lies under the nodes; its faults may be used at will.
	Log *inmem.Cluster
	// Clock is the nodes' common clock. It stands still until it is moved.
	Clock *Clock

	tb     testing.TB
	opts   []host.Option
	stores []*host.Store
}

// Cluster opens n nodes and waits until all are ready. They are closed when the
// test ends. The options come after the nodes' own.
func Cluster(tb testing.TB, n int, opts ...host.Option) *Nodes {
	tb.Helper()
	c := &Nodes{Log: inmem.NewCluster(), Clock: NewClock(), tb: tb, opts: opts, stores: make([]*host.Store, n)}
	for i := range n {
		c.Open(i)
	}
	return c
}

// Voters is Cluster with a membership: the n nodes are its first voters, and what it
// does needs a majority of them. A node that the test adds as a member, under its
// Name, is opened like any other.
func Voters(tb testing.TB, n int, opts ...host.Option) *Nodes {
	tb.Helper()
	names := make([]string, n)
	for i := range n {
		names[i] = Name(i)
	}
	c := &Nodes{Log: inmem.NewCluster(names...), Clock: NewClock(), tb: tb, opts: opts}
	for i := range n {
		c.start(i)
	}
	for i := range n {
		c.settle(i)
	}
	return c
}

// Name is what node i is called.
func Name(i int) string { return fmt.Sprintf("n%d", i+1) }

// Store is node i, counted from 0.
func (c *Nodes) Store(i int) *host.Store { return c.stores[i] }

// Open starts node i with an empty memory, as a new process would, and waits
// until it is ready.
func (c *Nodes) Open(i int) *host.Store {
	c.tb.Helper()
	c.start(i)
	return c.settle(i)
}

func (c *Nodes) start(i int) {
	c.tb.Helper()
	opts := append([]host.Option{host.WithClock(c.Clock.Now)}, c.opts...)
	s, err := host.Open(c.tb.Context(), host.Config{
		ClusterID: "hosttest", NodeID: Name(i), Version: "test",
		Backend: func(context.Context) (sdk.Backend, error) { return c.Log.Backend(Name(i)), nil },
	}, opts...)
	require.NoError(c.tb, err)
	c.tb.Cleanup(func() { _ = s.Close() })
	for len(c.stores) <= i {
		c.stores = append(c.stores, nil)
	}
	c.stores[i] = s
}

// settle waits until node i is ready and has nothing more to say of its own.
func (c *Nodes) settle(i int) *host.Store {
	c.tb.Helper()
	s := c.stores[i]
	require.NoError(c.tb, s.WaitReady(c.tb.Context()))
	Quiet(c.tb, s)
	return s
}

// Quiet waits until s has announced itself: from then on it proposes nothing of
// its own for half a minute, and a fault ordered in its log hits what the test
// proposes.
func Quiet(tb testing.TB, s *host.Store) {
	tb.Helper()
	require.Eventually(tb, func() bool {
		st := s.Status()
		return slices.ContainsFunc(st.Nodes, func(n host.Node) bool { return n.NodeID == st.NodeID })
	}, 10*time.Second, time.Millisecond)
}

// Clock is a clock that moves when it is told to. Many goroutines may use it.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock that shows noon of the first day of 2026, UTC.
func NewClock() *Clock {
	return &Clock{now: time.Date(2026, time.January, 1, 12, 0, 0, 0, time.UTC)}
}

// Now is what the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Move moves the clock, back if d is negative.
func (c *Clock) Move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
