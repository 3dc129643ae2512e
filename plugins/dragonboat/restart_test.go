package dragonboat_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/clustertest"
	"github.com/chronik-stream/metalog/sdk"
)

// proposeMany writes so many entries through n, many at a time.
func proposeMany(t *testing.T, n *clustertest.Node, count int) {
	t.Helper()
	var writers sync.WaitGroup
	errs := make([]error, 20)
	for w := range errs {
		writers.Go(func() {
			for i := w; i < count && errs[w] == nil; i += len(errs) {
				errs[w] = n.Propose(fmt.Sprintf("%s %d", n.Name, i))
			}
		})
	}
	writers.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
}

// One node is opened anew while the others go on.
func TestRestartOfOne(t *testing.T) {
	c := startCluster(t, 3)
	for _, p := range c.Peers {
		n := c.Nodes[p.NodeID]
		c.Leader().Write("before %s", n.Name)
		n.Close()
		c.Leader().Write("without %s", n.Name)
		n.Restart()
		n.Ready()
		n.Write("by %s", n.Name)
		c.Same()
	}
	require.Len(t, c.Leader().Entries(), 9)
}

// A node of three that comes back alone shows nothing that it can't be sure of, and
// takes nothing.
func TestRestartAlone(t *testing.T) {
	c := startCluster(t, 3)
	c.Leader().Write("before")
	c.Same()
	for _, n := range c.Nodes {
		n.Close()
	}
	n := c.Nodes["n2"]
	n.Restart()
	require.ErrorIs(t, n.Propose("alone"), sdk.ErrNoQuorum)
	require.ErrorIs(t, n.Barrier(), sdk.ErrNoQuorum)
	c.Nodes["n3"].Restart()
	n.Ready()
	require.NoError(t, n.Barrier())
	require.Equal(t, []string{"before"}, n.Entries())
}

// Every node begins with its snapshot, and a barrier holds right after that, twice in
// a row and with entries above it.
func TestRestartFromSnapshots(t *testing.T) {
	c := startCluster(t, 3)
	want := []string{}
	for round := range 3 {
		c.Leader().Write("below %d", round)
		for _, n := range c.Nodes {
			require.NoError(t, n.Barrier())
			require.NoError(t, n.Compact())
			require.NotEmpty(t, n.Status().Details["replica"])
		}
		c.Leader().Write("above %d", round)
		c.Same()
		want = append(want, fmt.Sprintf("below %d", round), fmt.Sprintf("above %d", round))
		c.RestartAll()
		for _, n := range c.Nodes {
			require.NoError(t, n.Barrier(), n.Name)
			require.Equal(t, want, n.Entries(), n.Name)
			require.Equal(t, 1, n.Restores(), n.Name)
		}
	}
	for _, n := range c.Nodes { // and only one is kept
		found, err := os.ReadDir(c.DirOf(n.Name) + "/snapshots")
		require.NoError(t, err)
		require.Len(t, found, 1)
	}
}

// Compacting what is compacted is no error, and leaves everything as it is.
func TestCompactTwice(t *testing.T) {
	c := startCluster(t, 1)
	n := c.Leader()
	n.Write("a")
	for range 3 {
		require.NoError(t, n.Compact())
	}
	n.Write("b")
	n.Restart()
	n.Ready()
	require.NoError(t, n.Barrier())
	require.Equal(t, []string{"a", "b"}, n.Entries())
}

// The library takes snapshots by itself as well, by the number of entries.
func TestLogIsBoundedInEntries(t *testing.T) {
	c := newCluster(t, 1)
	n := c.Nodes["n1"]
	n.Options = json.RawMessage(strings.Replace(quick, "}", `, "snapshot_entries": 50, "trailing_entries": 10}`, 1))
	n.Open()
	n.Ready()
	proposeMany(t, n, 500)
	want := n.Entries()
	n.Restart()
	n.Ready()
	require.NoError(t, n.Barrier())
	require.Equal(t, 1, n.Restores())
	require.Equal(t, want, n.Entries())
}
