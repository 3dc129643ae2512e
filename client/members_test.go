package client_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/client"
	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/inmem"
)

// cluster is hosts over one cluster in memory, each with a server.
type cluster struct {
	t      *testing.T
	log    *inmem.Cluster
	stores map[string]*host.Store
	nodes  map[string]*remote
}

func newCluster(t *testing.T, voters ...string) *cluster {
	t.Helper()
	c := &cluster{t: t, log: inmem.NewCluster(voters...), stores: map[string]*host.Store{}, nodes: map[string]*remote{}}
	for _, v := range voters {
		c.open(v, nil)
	}
	for _, v := range voters {
		require.NoError(t, c.stores[v].WaitReady(t.Context()))
	}
	return c
}

// open starts a node, with something in front of its backend if wrap isn't nil.
func (c *cluster) open(name string, wrap func(sdk.Backend) sdk.Backend) *client.Client {
	c.t.Helper()
	at := &late{}
	r := serve(c.t, at)
	s, err := host.Open(c.t.Context(), host.Config{
		ClusterID: "c", NodeID: name, APIAddress: r.address, Version: "test",
		Backend: func(context.Context) (sdk.Backend, error) {
			b := c.log.Backend(name)
			if wrap != nil {
				b = wrap(b)
			}
			return b, nil
		},
	})
	require.NoError(c.t, err)
	c.t.Cleanup(func() { _ = s.Close() })
	at.Store = s
	c.stores[name], c.nodes[name] = s, r
	return c.client(name)
}

// late is a host that there is only after its server, whose address it announces.
type late struct{ *host.Store }

func (c *cluster) client(name string) *client.Client {
	c.t.Helper()
	cl, err := client.Dial(c.nodes[name].address)
	require.NoError(c.t, err)
	c.t.Cleanup(func() { require.NoError(c.t, cl.Close()) })
	return cl
}

func TestMembers(t *testing.T) {
	c := newCluster(t, "n1", "n2", "n3")
	cl := c.client("n2")
	ctx := t.Context()
	err := cl.AddVoter(ctx, sdk.Peer{NodeID: "n2", Address: "h:1"}, nil)
	require.ErrorIs(t, err, sdk.ErrConflict)
	require.ErrorIs(t, err, sdk.ErrNotAppended)
	require.ErrorIs(t, cl.RemoveMember(ctx, "n1", []string{"n1", "n2"}), sdk.ErrConflict)
	require.ErrorIs(t, cl.PromoteMember(ctx, "n9", nil), sdk.ErrConflict)

	require.NoError(t, cl.AddLearner(ctx, sdk.Peer{NodeID: "n4", Address: "h4:1"}, []string{"n3", "n2", "n1"}))
	n4 := c.open("n4", nil)
	require.NoError(t, c.stores["n4"].WaitReady(ctx))
	require.NoError(t, cl.PromoteMember(ctx, "n4", nil))
	leader, err := n4.TransferLeadership(ctx, "n4")
	require.NoError(t, err)
	require.Equal(t, "n4", leader)
	require.NoError(t, cl.RemoveMember(ctx, "n1", nil))
	require.EventuallyWithT(t, func(t *assert.CollectT) {
		st, err := n4.Status(ctx)
		require.NoError(t, err)
		require.Equal(t, "n4", st.GetLeader())
		require.Len(t, st.GetMembers(), 3)
	}, 5*time.Second, 5*time.Millisecond)
}

// A backend without members says so, and what it can do.
func TestMembersThatAreNotClaimed(t *testing.T) {
	s, err := host.Open(t.Context(), host.Config{
		ClusterID: "c", NodeID: "n1", Backend: func(context.Context) (sdk.Backend, error) { return inmem.New(), nil },
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	cl, err := client.Dial(serve(t, s).address)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, cl.Close()) })
	for _, err := range []error{
		cl.AddVoter(t.Context(), sdk.Peer{NodeID: "n2", Address: "h:1"}, nil),
		cl.RemoveMember(t.Context(), "n1", nil),
		func() error { _, err := cl.TransferLeadership(t.Context(), ""); return err }(),
	} {
		require.ErrorIs(t, err, sdk.ErrUnsupported)
		require.ErrorContains(t, err, "snapshots, read_barrier, compact")
	}
}

// Every member is asked, and one that is away is there by name.
func TestClusterStatus(t *testing.T) {
	c := newCluster(t, "n1", "n2", "n3")
	ctx := t.Context()
	_, err := c.client("n1").CreateTopic(ctx, metadata.TopicSpec{Name: "t", Partitions: 1, ReplicationFactor: 1})
	require.NoError(t, err)
	asked := c.client("n2")
	require.EventuallyWithT(t, func(t *assert.CollectT) {
		st, err := asked.ClusterStatus(ctx)
		require.NoError(t, err)
		require.Equal(t, "n2", st.GetAnswered())
		require.Len(t, st.GetNodes(), 3)
		for i, n := range st.GetNodes() {
			require.Equal(t, []string{"n1", "n2", "n3"}[i], n.GetMember().GetNode())
			require.Empty(t, n.GetUnreachable())
			require.Equal(t, uint64(1), n.GetStatus().GetRevision())
			require.Equal(t, st.GetNodes()[0].GetStatus().GetDigest(), n.GetStatus().GetDigest())
		}
	}, 5*time.Second, 20*time.Millisecond)

	c.nodes["n3"].stop(t)
	st, err := c.client("n1").ClusterStatus(ctx)
	require.NoError(t, err)
	require.Nil(t, st.GetNodes()[2].GetStatus())
	require.Contains(t, st.GetNodes()[2].GetUnreachable(), c.nodes["n3"].address)
	require.NotNil(t, st.GetNodes()[1].GetStatus())
}

// A node that applies something else than the others finds out by their digests,
// says at which revision, and serves no more. The others go on, and every one of
// them shows it.
func TestClusterStatusShowsAQuarantinedNode(t *testing.T) {
	c := &cluster{t: t, log: inmem.NewCluster("n1", "n2", "n3"), stores: map[string]*host.Store{}, nodes: map[string]*remote{}}
	clients := []*client.Client{
		c.open("n1", nil), c.open("n2", nil),
		c.open("n3", func(b sdk.Backend) sdk.Backend { return forger{b} }),
	}
	ctx := t.Context()
	for _, s := range c.stores {
		require.NoError(t, s.WaitReady(ctx))
	}
	_, err := clients[0].CreateTopic(ctx, metadata.TopicSpec{Name: "honest", Partitions: 1, ReplicationFactor: 1})
	require.NoError(t, err)
	for i := range 20 { // each entry carries the digest of the node that proposes it
		for n, cl := range clients[:2] {
			_, err := cl.CreateTopic(ctx, metadata.TopicSpec{Name: fmt.Sprintf("t%d-%d", i, n), Partitions: 1, ReplicationFactor: 1})
			require.NoError(t, err)
		}
	}
	require.Eventually(t, func() bool { return c.stores["n3"].Status().State == host.PhaseQuarantined }, 10*time.Second, 5*time.Millisecond)
	for _, cl := range clients {
		st, err := cl.ClusterStatus(ctx)
		require.NoError(t, err)
		bad := st.GetNodes()[2].GetStatus()
		require.Equal(t, string(host.PhaseQuarantined), bad.GetState())
		require.Contains(t, bad.GetReason(), "at revision")
		require.False(t, bad.GetReady())
		for _, n := range st.GetNodes()[:2] {
			require.True(t, n.GetStatus().GetReady())
		}
	}
	_, err = clients[2].Topic(ctx, "honest")
	require.ErrorIs(t, err, metadata.ErrUnavailable)
	_, err = clients[1].Topic(ctx, "honest")
	require.NoError(t, err)
}

// forger hands its host another topic's name than was proposed, with the checksum
// that belongs to it, as a machine does whose memory is bad.
type forger struct{ sdk.Backend }

func (f forger) Info() sdk.Info { return f.Backend.(sdk.Informer).Info() }

func (f forger) Open(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine) error {
	return f.Backend.Open(ctx, cfg, forged{sm})
}

type forged struct{ sdk.StateMachine }

func (f forged) Apply(ctx context.Context, entries ...sdk.Entry) error {
	for i, e := range entries {
		const head = 5 // the format, and a CRC-32C of what follows
		data := bytes.ReplaceAll(e.Data, []byte("honest"), []byte("forged"))
		if len(data) > head {
			binary.LittleEndian.PutUint32(data[1:], crc32.Checksum(data[head:], crc32.MakeTable(crc32.Castagnoli)))
		}
		entries[i].Data = data
	}
	return f.StateMachine.Apply(ctx, entries...)
}
