package hashiraft_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/plugins/hashiraft"
	"github.com/chronik-stream/metalog/sdk"
)

// All nodes are closed and opened again to empty hosts: members, entries and
// votes are there. More entries than the library replays at once (2.9 of its
// traps), and no snapshot.
func TestRestartKeepsMembers(t *testing.T) {
	c := startCluster(t, 3)
	for i := range 700 {
		c.leader().write("%d", i)
	}
	for _, n := range c.nodes {
		n.close()
	}
	for _, n := range c.nodes {
		n.recorder = newRecorder()
		n.open()
	}
	for _, n := range c.nodes {
		n.ready()
		require.NoError(t, n.barrier())
		require.Len(t, n.entries(), 700)
		require.Len(t, n.status().Members, 3)
		require.GreaterOrEqual(t, n.status().StoredIndex, uint64(700))
	}
	c.leader().write("after")
	c.same()
}

// A node that was away while the others compacted gets their snapshot, and then
// what came after it.
func TestFollowerCatchesUpBySnapshot(t *testing.T) {
	c := startCluster(t, 3)
	c.leader().write("before")
	away := c.follower()
	away.close()
	for i := range 300 {
		c.leader().write("%d", i)
	}
	for _, n := range c.nodes {
		if n != away {
			require.NoError(t, n.backend.(sdk.Compacter).Compact(soon(t)))
		}
	}
	c.leader().write("after")
	away.open()
	away.ready()
	require.NoError(t, away.barrier())
	require.Equal(t, c.leader().entries(), away.entries())
	require.Equal(t, 1, away.restores, "it was to get the snapshot")
	away.write("by the one that was away")
	c.same()
}

// Inspect shows the snapshot and all that is stored above it. What an orderly end
// knew to be committed isn't marked, everything later is.
func TestInspect(t *testing.T) {
	c := startCluster(t, 1)
	n := c.leader()
	n.write("below")
	require.NoError(t, n.backend.(sdk.Compacter).Compact(soon(t)))
	for i := range 3 {
		n.write("above %d", i)
	}
	n.close()
	reader, r := sdk.Guard(hashiraft.New(), identity), newRecorder()
	require.NoError(t, reader.(sdk.Inspector).Inspect(soon(t), n.config(), r))
	require.Equal(t, []string{"below", "above 0", "above 1", "above 2"}, r.entries())
	for i, e := range r.data {
		require.False(t, e.Uncommitted, fmt.Sprint(i))
	}
	require.Equal(t, 1, r.restores)
}

// A follower that was away for a while is sent to as soon as it is back. Without
// the patience of stream.Dial it would wait for 5 to 10 s here.
func TestFollowerIsSentToSoonAfterItIsBack(t *testing.T) {
	c := startCluster(t, 3)
	away := c.follower()
	away.close()
	began := time.Now()
	for i := 0; time.Since(began) < 6*time.Second; i++ {
		_ = c.leader().propose(fmt.Sprint(i))
	}
	away.open()
	began = time.Now()
	c.same()
	require.Less(t, time.Since(began), 3*time.Second)
}

// The log stays within its bound, however few entries it has, and a restart begins
// with the snapshot.
func TestLogIsBoundedInBytes(t *testing.T) {
	c := newCluster(t, 1)
	n := c.nodes["n1"]
	n.options = json.RawMessage(`{"heartbeat_timeout": "300ms", "election_timeout": "300ms", "snapshot_bytes": 65536}`)
	n.open()
	n.ready()
	for i := range 40 {
		n.write("%d%s", i, strings.Repeat("x", 10_000))
	}
	require.Eventually(t, func() bool { return n.status().Details["snapshot_index"] != "" }, 10*time.Second, 10*time.Millisecond)
	n.restart()
	n.ready()
	require.NoError(t, n.barrier())
	require.Equal(t, 1, n.restores)
	require.Len(t, n.entries(), 40)
}
