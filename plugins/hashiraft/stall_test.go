package hashiraft_test

import (
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/raft"
	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/clustertest"
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
func onSlowDisks(t *testing.T, c *clustertest.Cluster) map[string]*slowDisk {
	t.Helper()
	disks := map[string]*slowDisk{}
	for _, p := range c.Peers {
		d := &slowDisk{}
		disks[p.NodeID] = d
		n := c.Nodes[p.NodeID]
		n.Backend = sdk.Guard(hashiraft.NewOn(func(s raft.LogStore) raft.LogStore {
			d.LogStore = s
			return d
		}), identity)
		require.NoError(t, n.Backend.Open(t.Context(), n.Config(), n.Recorder))
		t.Cleanup(n.Close)
	}
	for _, p := range c.Peers {
		c.Nodes[p.NodeID].Ready()
	}
	return disks
}

// A follower whose disk stands still, for longer than a request to it may take, is
// sent to again afterwards (hashicorp/raft#612).
func TestDiskThatStandsStill(t *testing.T) {
	c := newCluster(t, 3)
	disks := onSlowDisks(t, c)
	leader, f := c.Leader(), c.Follower()
	leader.Write("before")
	goOn := disks[f.Name].stop()
	defer goOn()
	began := time.Now()
	for i := 0; time.Since(began) < 3*time.Second; i++ {
		leader.Write("meanwhile %d", i)
	}
	goOn()
	c.Same()
	f.Write("by the one that stood still")
	c.Same()
}

// A leader whose disk hangs gives up, and another takes its place.
func TestDiskThatHangs(t *testing.T) {
	if testing.Short() {
		t.Skip("not shown: that a leader whose disk hangs gives up (it takes ten seconds)")
	}
	c := newCluster(t, 3)
	disks := onSlowDisks(t, c)
	leader := c.Leader()
	goOn := disks[leader.Name].stop()
	defer goOn()
	_ = leader.Propose("never written") // its outcome is unknown
	require.Eventually(t, func() bool { return leader.Status().Health == sdk.HealthFailed }, 20*time.Second, 50*time.Millisecond)
	require.Contains(t, leader.Status().Reason, "disk")
	goOn() // a process would end now, and let go of its ports
	require.ErrorContains(t, leader.Ended(), "disk")
	leader.Backend = nil
	c.Leader().Write("after")
}

// A follower that is far behind catches up while nothing is written any more, by
// the log alone.
func TestFollowerFarBehind(t *testing.T) {
	c := startCluster(t, 3)
	away := c.Follower()
	away.Close()
	leader := c.Leader()
	var writers sync.WaitGroup
	for w := range 16 {
		writers.Go(func() {
			for i := range 250 {
				_ = leader.Propose(string(rune('a'+w)) + time.Duration(i).String())
			}
		})
	}
	writers.Wait()
	began := time.Now()
	away.Open()
	away.Ready()
	require.NoError(t, away.Barrier())
	require.Equal(t, leader.Entries(), away.Entries())
	require.Zero(t, away.Restores())
	t.Logf("%d entries in %s", len(away.Entries()), time.Since(began))
}
