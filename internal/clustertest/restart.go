package clustertest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

// All nodes are closed and opened again to empty hosts: members, entries and
// votes are there. More entries than the library replays at once (2.9 of its
// traps), and no snapshot.
func testRestartKeepsMembers(t *testing.T, kind Kind) {
	t.Helper()
	c := StartCluster(t, kind, 3)
	for i := range 700 {
		c.Leader().Write("%d", i)
	}
	for _, n := range c.Nodes {
		n.Close()
	}
	for _, n := range c.Nodes {
		n.Recorder = NewRecorder()
		n.Open()
	}
	for _, n := range c.Nodes {
		n.Ready()
		require.NoError(t, n.Barrier())
		require.Len(t, n.Entries(), 700)
		require.Len(t, n.Status().Members, 3)
		require.GreaterOrEqual(t, n.Status().StoredIndex, uint64(700))
	}
	c.Leader().Write("after")
	c.Same()
}

// A node that was away while the others compacted gets their snapshot, and then
// what came after it.
func testFollowerCatchesUpBySnapshot(t *testing.T, kind Kind) {
	t.Helper()
	c := StartCluster(t, kind, 3)
	c.Leader().Write("before")
	away := c.Follower()
	away.Close()
	for i := range 300 {
		c.Leader().Write("%d", i)
	}
	for _, n := range c.Nodes {
		if n != away {
			require.NoError(t, n.Compact())
		}
	}
	c.Leader().Write("after")
	away.Open()
	away.Ready()
	require.NoError(t, away.Barrier())
	require.Equal(t, c.Leader().Entries(), away.Entries())
	require.Positive(t, away.Restores(), "it was to get the snapshot")
	away.Write("by the one that was away")
	c.Same()
}

// Inspect shows the snapshot and all that is stored above it. What an orderly end
// knew to be committed isn't marked, everything later is.
func testInspect(t *testing.T, kind Kind) {
	t.Helper()
	c := StartCluster(t, kind, 1)
	n := c.Leader()
	n.Write("below")
	require.NoError(t, n.Compact())
	for i := range 3 {
		n.Write("above %d", i)
	}
	n.Close()
	reader, r := sdk.Guard(kind.New(), kind.Identity), NewRecorder()
	require.NoError(t, reader.(sdk.Inspector).Inspect(Soon(t), n.Config(), r))
	require.Equal(t, []string{"below", "above 0", "above 1", "above 2"}, r.Entries())
	for i, e := range r.Raw() {
		require.False(t, e.Uncommitted, fmt.Sprint(i))
	}
	require.Equal(t, 1, r.Restores())
}

// A follower that was away for a while is sent to as soon as it is back. Libraries
// like to wait longer each time that a node isn't there.
func testFollowerIsSentToSoonAfterItIsBack(t *testing.T, kind Kind) {
	t.Helper()
	c := StartCluster(t, kind, 3)
	away := c.Follower()
	away.Close()
	began := time.Now()
	for i := 0; time.Since(began) < 6*time.Second; i++ {
		_ = c.Leader().Propose(fmt.Sprint(i))
	}
	away.Open()
	began = time.Now()
	c.Same()
	require.Less(t, time.Since(began), 3*time.Second)
}

// The log stays within its bound, however few entries it has, and a restart begins
// with the snapshot.
func testLogIsBoundedInBytes(t *testing.T, kind Kind) {
	t.Helper()
	c := NewCluster(t, kind, 1)
	n := c.Nodes["n1"]
	n.Options = kind.With("snapshot_bytes", 65536)
	n.Open()
	n.Ready()
	for i := range 40 {
		n.Write("%d%s", i, strings.Repeat("x", 10_000))
	}
	require.Eventually(t, func() bool { return n.Status().Details["snapshot_index"] != "" }, 10*time.Second, 10*time.Millisecond)
	n.Restart()
	n.Ready()
	require.NoError(t, n.Barrier())
	require.Equal(t, 1, n.Restores())
	require.Len(t, n.Entries(), 40)
}
