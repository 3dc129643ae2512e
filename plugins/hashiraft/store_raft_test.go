package hashiraft

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/raft"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/chronik-stream/metalog/sdk"
)

// fsm is a state machine that keeps all it was given.
type fsm struct {
	mu   sync.Mutex
	data []string
}

func (f *fsm) Apply(l *raft.Log) any {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.data = append(f.data, string(l.Data))
	return nil
}

func (f *fsm) all() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.data...)
}

func (f *fsm) Snapshot() (raft.FSMSnapshot, error) { return saved(f.all()), nil }

func (f *fsm) Restore(r io.ReadCloser) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.data = strings.Split(string(b), "\n")
	return nil
}

type saved []string

func (s saved) Persist(sink raft.SnapshotSink) error {
	if _, err := io.WriteString(sink, strings.Join(s, "\n")); err != nil {
		return err
	}
	return sink.Close()
}

func (saved) Release() {}

// startRaft starts n1 alone.
func startRaft(t *testing.T, s *logStore, f *fsm, keep uint64) *raft.Raft {
	t.Helper()
	_, trans := raft.NewInmemTransport("n1")
	return startOn(t, s, trans, f, keep)
}

// startOn starts a node with quick elections that keeps so many entries below a
// snapshot. n1 is the cluster's first member.
func startOn(t *testing.T, s *logStore, trans *raft.InmemTransport, f *fsm, keep uint64) *raft.Raft {
	t.Helper()
	conf := raft.DefaultConfig()
	conf.LocalID = raft.ServerID(trans.LocalAddr())
	conf.Logger = quiet
	conf.HeartbeatTimeout, conf.ElectionTimeout, conf.LeaderLeaseTimeout = 100*time.Millisecond, 100*time.Millisecond, 50*time.Millisecond
	conf.TrailingLogs = keep
	snaps, err := newSnapshotStore(s.dir, 1, quiet)
	require.NoError(t, err)
	if conf.LocalID == "n1" {
		first := raft.Configuration{Servers: []raft.Server{{ID: "n1", Address: "n1"}}}
		if err := raft.BootstrapCluster(conf, s, s, snaps, trans, first); err != nil {
			require.ErrorIs(t, err, raft.ErrCantBootstrap)
		}
	}
	r, err := raft.NewRaft(conf, f, s, s, snaps, trans)
	require.NoError(t, err)
	s.started()
	if conf.LocalID == "n1" {
		require.Eventually(t, func() bool { return r.State() == raft.Leader }, 10*time.Second, time.Millisecond)
	}
	return r
}

func apply(t *testing.T, r *raft.Raft, from, n int) (want []string) {
	t.Helper()
	for i := range n {
		want = append(want, fmt.Sprint(from+i))
		require.NoError(t, r.Apply([]byte(want[i]), 5*time.Second).Error())
	}
	return want
}

func TestRaftComesBackWithWhatItHad(t *testing.T) {
	s, f := openTest(t, t.TempDir(), sdk.StartNew), &fsm{}
	var want []string
	for round := range 4 {
		r := startRaft(t, s, f, 5)
		want = append(want, apply(t, r, 100*round, 50)...)
		if round%2 == 0 {
			require.NoError(t, r.Snapshot().Error())
			want = append(want, apply(t, r, 100*round+50, 20)...)
		}
		require.Equal(t, want, f.all())
		require.NoError(t, r.Shutdown().Error())
		require.NoError(t, s.close())
		s, f = openTest(t, s.dir, sdk.StartRestart), &fsm{}
		require.NotZero(t, s.newest.index())
		require.Greater(t, s.log.First(), uint64(1))
	}
	require.NoError(t, s.close())
	goleak.VerifyNone(t)
}

// A member that has missed more than the leader's log holds is sent a snapshot,
// and goes on after it.
func TestASnapshotIsInstalled(t *testing.T) {
	one, two := openTest(t, t.TempDir(), sdk.StartNew), openTest(t, t.TempDir(), sdk.StartJoin)
	leaderFSM, f := &fsm{}, &fsm{}
	_, t1 := raft.NewInmemTransport("n1")
	_, t2 := raft.NewInmemTransport("n2")
	leader := startOn(t, one, t1, leaderFSM, 0)
	want := apply(t, leader, 0, 10)
	t1.Connect("n2", t2)
	t2.Connect("n1", t1)
	follower := startOn(t, two, t2, f, 0)
	require.NoError(t, leader.AddNonvoter("n2", "n2", 0, 5*time.Second).Error())
	require.Eventually(t, func() bool { return len(f.all()) == len(want) }, 10*time.Second, time.Millisecond)
	require.NoError(t, follower.Shutdown().Error())
	require.NoError(t, two.close())

	want = append(want, apply(t, leader, 10, 30)...)
	require.NoError(t, leader.Snapshot().Error())
	want = append(want, apply(t, leader, 40, 5)...)

	two, f = openTest(t, two.dir, sdk.StartRestart), &fsm{}
	before := two.log.Last()
	_, t2 = raft.NewInmemTransport("n2")
	t1.Connect("n2", t2)
	t2.Connect("n1", t1)
	follower = startOn(t, two, t2, f, 0)
	require.Eventually(t, func() bool { return len(f.all()) == len(want) }, 10*time.Second, time.Millisecond)
	require.Equal(t, want, f.all())
	require.NoError(t, follower.Shutdown().Error())
	require.NoError(t, two.close())
	two = openTest(t, two.dir, sdk.StartRestart)
	require.Greater(t, two.log.First(), before+1)
	require.Equal(t, two.newest.index()+1, two.log.First())
	require.Equal(t, one.log.Last(), two.log.Last())
	require.NoError(t, two.close())
	require.NoError(t, leader.Shutdown().Error())
	require.NoError(t, one.close())
	goleak.VerifyNone(t)
}
