package hashiraft_test

import (
	"encoding/json"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/raft"
	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/plugins/hashiraft"
	"github.com/chronik-stream/metalog/sdk"
)

func TestOpenRefuses(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	for name, is := range map[string]struct {
		change func(*sdk.Config)
		reason error
		says   string
	}{
		"two nodes of one name": {func(c *sdk.Config) { c.Peers = []sdk.Peer{{NodeID: "n1", Address: "127.0.0.1:9"}} }, sdk.ErrInvalidConfig, `"n1"`},
		"two nodes at one address": {
			func(c *sdk.Config) { c.Peers = []sdk.Peer{{NodeID: "n2", Address: c.Address}} }, sdk.ErrInvalidConfig, "the same address",
		},
		"a taken port":            {func(c *sdk.Config) { c.Listen = taken.Addr().String() }, sdk.ErrConflict, "taken by another process"},
		"a port others can reach": {func(c *sdk.Config) { c.Listen = "0.0.0.0:0" }, sdk.ErrInvalidConfig, "nothing protects it"},
		"a listen that isn't one": {func(c *sdk.Config) { c.Listen = "nowhere" }, sdk.ErrInvalidConfig, "HOST:PORT"},
		"another cluster":         {func(c *sdk.Config) { c.ClusterID = "other" }, sdk.ErrWrongData, `cluster "c"`},
		"no certificate":          {func(c *sdk.Config) { c.Options = json.RawMessage(`{"tls": {"cert": "/none"}}`) }, sdk.ErrInvalidConfig, "tls"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t, 1)
			n := c.Nodes["n1"]
			cfg := n.Config()
			cfg.Address = c.AddressOf("n1")
			is.change(&cfg)
			err := n.TryOpen(cfg)
			require.ErrorIs(t, err, is.reason)
			require.ErrorContains(t, err, is.says)
			n.Open()
			n.Ready()
			n.Write("as if nothing had been")
		})
	}
}

func TestOptionsAreRefused(t *testing.T) {
	for options, field := range map[string]string{
		`[]`:                              "options",
		`{"heartbeat": "1s"}`:             "heartbeat",
		`{"heartbeat_timeout": 5}`:        "heartbeat_timeout",
		`{"heartbeat_timeout": "5"}`:      "heartbeat_timeout",
		`{"heartbeat_timeout": "1ms"}`:    "heartbeat_timeout",
		`{"heartbeat_timeout": "1s"}`:     "election_timeout", // shorter than that
		`{"max_append_entries": 0}`:       "max_append_entries",
		`{"max_append_entries": 2000}`:    "max_append_entries",
		`{"max_append_entries": "many"}`:  "max_append_entries",
		`{"trailing_entries": -1}`:        "trailing_entries",
		`{"insecure": "yes"}`:             "insecure",
		`{"tls": {"certificate": "a"}}`:   "tls",
		`{"commit_timeout": "2s"}`:        "commit_timeout",
		`{"snapshot_entries": 0}`:         "snapshot_entries",
		`{"max_requests_in_flight": 129}`: "max_requests_in_flight",
	} {
		err := hashiraft.New().(sdk.ConfigValidator).ValidateConfig(json.RawMessage(options))
		require.ErrorIs(t, err, sdk.ErrInvalidConfig, options)
		var e *sdk.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, field, e.Field, options)
	}
	require.NoError(t, hashiraft.New().(sdk.ConfigValidator).ValidateConfig(nil))
	require.NoError(t, hashiraft.New().(sdk.ConfigValidator).ValidateConfig(json.RawMessage(quick)))
}

// Without a majority nothing is lost and nothing hangs.
func TestUnreachablePeers(t *testing.T) {
	c := newCluster(t, 3)
	n := c.Nodes["n1"]
	n.Open()
	err := n.Propose("alone")
	require.ErrorIs(t, err, sdk.ErrNoQuorum)
	require.ErrorIs(t, err, sdk.ErrNotAppended)
	require.ErrorContains(t, err, "n1, n2, n3")
	require.ErrorIs(t, n.Barrier(), sdk.ErrNoQuorum)
	c.Nodes["n2"].Open()
	n.Ready()
	n.Write("together")
	c.Same()
}

// refusing is a disk that takes nothing while it is told to.
type refusing struct {
	raft.LogStore
	no  *atomic.Bool
	why error
}

func (d refusing) StoreLogs(logs []*raft.Log) error {
	if d.no.Load() {
		return d.why
	}
	return d.LogStore.StoreLogs(logs)
}

// A first Open that ended between the term and the first members is finished by the
// next.
func TestFirstOpenIsFinished(t *testing.T) {
	c := newCluster(t, 1)
	n := c.Nodes["n1"]
	var no atomic.Bool
	no.Store(true)
	b := sdk.Guard(hashiraft.NewOn(func(s raft.LogStore) raft.LogStore { return refusing{s, &no, errors.New("refused by the test")} }), identity)
	require.Error(t, b.Open(t.Context(), n.Config(), n.Recorder))
	n.Open()
	n.Ready()
	n.Write("at last")
}

// What a full disk of the leader's hasn't taken is nowhere, and the caller is told
// why.
func TestFullDiskOfTheLeader(t *testing.T) {
	c := newCluster(t, 1)
	n := c.Nodes["n1"]
	var no atomic.Bool
	full := &sdk.Error{Reason: sdk.ReasonInternal, Outcome: sdk.NotAppended, Message: "the disk is full"}
	n.Backend = sdk.Guard(hashiraft.NewOn(func(s raft.LogStore) raft.LogStore { return refusing{s, &no, full} }), identity)
	require.NoError(t, n.Backend.Open(t.Context(), n.Config(), n.Recorder))
	t.Cleanup(n.Close)
	n.Ready()
	n.Write("before")
	no.Store(true)
	err := n.Propose("refused")
	require.Equal(t, sdk.NotAppended, sdk.OutcomeOf(err), "%v", err)
	require.ErrorContains(t, err, "the disk is full")
	no.Store(false)
	require.Eventually(t, func() bool { return n.Propose("after") == nil }, 10*time.Second, 5*time.Millisecond)
	require.Equal(t, []string{"before", "after"}, n.Entries())
}
