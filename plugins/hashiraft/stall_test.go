package hashiraft_test

import (
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/raft"
	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/plugins/hashiraft"
	"github.com/chronik-stream/metalog/sdk"
)

// slowDisk stands still when it is told to.
type slowDisk struct {
	raft.LogStore
	mu   sync.Mutex
	held chan struct{}
}

func (d *slowDisk) StoreLogs(logs []*raft.Log) error {
	d.mu.Lock()
	held := d.held
	d.mu.Unlock()
	if held != nil {
		<-held
	}
	return d.LogStore.StoreLogs(logs)
}

// stop has writes wait until the result is called.
func (d *slowDisk) stop() (goOn func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	held := make(chan struct{})
	d.held = held
	return sync.OnceFunc(func() {
		d.mu.Lock()
		d.held = nil
		d.mu.Unlock()
		close(held)
	})
}

// onSlowDisks opens all nodes, each on a disk that can be stopped.
func onSlowDisks(t *testing.T, c *cluster) map[string]*slowDisk {
	t.Helper()
	disks := map[string]*slowDisk{}
	for _, p := range c.peers {
		d := &slowDisk{}
		disks[p.NodeID] = d
		n := c.nodes[p.NodeID]
		n.backend = sdk.Guard(hashiraft.NewOn(func(s raft.LogStore) raft.LogStore {
			d.LogStore = s
			return d
		}), identity)
		require.NoError(t, n.backend.Open(t.Context(), n.config(), n.recorder))
		t.Cleanup(n.close)
	}
	for _, p := range c.peers {
		c.nodes[p.NodeID].ready()
	}
	return disks
}

// A follower whose disk stands still, for longer than a request to it may take, is
// sent to again afterwards (hashicorp/raft#612).
func TestDiskThatStandsStill(t *testing.T) {
	c := newCluster(t, 3)
	disks := onSlowDisks(t, c)
	leader, f := c.leader(), c.follower()
	leader.write("before")
	goOn := disks[f.name].stop()
	defer goOn()
	began := time.Now()
	for i := 0; time.Since(began) < 3*time.Second; i++ {
		leader.write("meanwhile %d", i)
	}
	goOn()
	c.same()
	f.write("by the one that stood still")
	c.same()
}

// A leader whose disk hangs gives up, and another takes its place.
func TestDiskThatHangs(t *testing.T) {
	if testing.Short() {
		t.Skip("not shown: that a leader whose disk hangs gives up (it takes ten seconds)")
	}
	c := newCluster(t, 3)
	disks := onSlowDisks(t, c)
	leader := c.leader()
	goOn := disks[leader.name].stop()
	defer goOn()
	_ = leader.propose("never written") // its outcome is unknown
	require.Eventually(t, func() bool { return leader.status().Health == sdk.HealthFailed }, 20*time.Second, 50*time.Millisecond)
	require.Contains(t, leader.status().Reason, "disk")
	goOn() // a process would end now, and let go of its ports
	require.ErrorContains(t, leader.ended(), "disk")
	leader.backend = nil
	c.leader().write("after")
}

// A follower that is far behind catches up while nothing is written any more, by
// the log alone.
func TestFollowerFarBehind(t *testing.T) {
	c := startCluster(t, 3)
	away := c.follower()
	away.close()
	leader := c.leader()
	var writers sync.WaitGroup
	for w := range 16 {
		writers.Go(func() {
			for i := range 250 {
				_ = leader.propose(string(rune('a'+w)) + time.Duration(i).String())
			}
		})
	}
	writers.Wait()
	began := time.Now()
	away.open()
	away.ready()
	require.NoError(t, away.barrier())
	require.Equal(t, leader.entries(), away.entries())
	require.Zero(t, away.restores)
	t.Logf("%d entries in %s", len(away.entries()), time.Since(began))
}
