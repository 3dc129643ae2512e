package dragonboat_test

import (
	"encoding/json"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/plugins/dragonboat"
	"github.com/chronik-stream/metalog/sdk"
)

// What is refused leaves nothing: the node opens as if nothing had been.
func TestOpenRefuses(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = taken.Close() })
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
			t.Parallel()
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
		`{"heartbeat_timeout": "1s"}`:     "heartbeat_timeout", // hashiraft's
		`{"heartbeat_interval": 5}`:       "heartbeat_interval",
		`{"heartbeat_interval": "5"}`:     "heartbeat_interval",
		`{"heartbeat_interval": "1ms"}`:   "heartbeat_interval",
		`{"heartbeat_interval": "11s"}`:   "heartbeat_interval",
		`{"heartbeat_interval": "200ms"}`: "election_timeout", // less than three of them
		`{"election_timeout": "100ms"}`:   "election_timeout",
		`{"election_timeout": "3m"}`:      "election_timeout",
		`{"snapshot_entries": 0}`:         "snapshot_entries",
		`{"snapshot_entries": -1}`:        "snapshot_entries",
		`{"snapshot_bytes": 4095}`:        "snapshot_bytes",
		`{"snapshot_bytes": "many"}`:      "snapshot_bytes",
		`{"trailing_entries": -1}`:        "trailing_entries",
		`{"max_unapplied": 4194303}`:      "max_unapplied",
		`{"insecure": "yes"}`:             "insecure",
		`{"tls": {"certificate": "a"}}`:   "tls",
	} {
		err := dragonboat.New().(sdk.ConfigValidator).ValidateConfig(json.RawMessage(options))
		require.ErrorIs(t, err, sdk.ErrInvalidConfig, options)
		var e *sdk.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, field, e.Field, options)
	}
	for _, options := range []string{"", quick, `{"trailing_entries": 0, "heartbeat_interval": "5ms", "election_timeout": "15ms", "max_unapplied": 4194304, "snapshot_bytes": 4096}`} {
		require.NoError(t, dragonboat.New().(sdk.ConfigValidator).ValidateConfig(json.RawMessage(options)))
	}
}

// The bounds of the settings are some that the library runs with.
func TestOptionsAtTheirBounds(t *testing.T) {
	for name, options := range map[string]string{
		"few heartbeats":  `{"heartbeat_interval": "200ms", "election_timeout": "600ms"}`,
		"many heartbeats": `{"heartbeat_interval": "5ms", "election_timeout": "300ms"}`,
		"small":           `{"heartbeat_interval": "30ms", "election_timeout": "300ms", "trailing_entries": 0, "snapshot_entries": 1, "max_unapplied": 4194304, "snapshot_bytes": 4096}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, 3)
			for _, n := range c.Nodes {
				n.Options = json.RawMessage(options)
			}
			c.OpenAll()
			proposeMany(t, c.Leader(), 60)
			c.Follower().Write("by a follower")
			c.Same()
			want := c.Leader().Entries()
			c.RestartAll()
			for _, n := range c.Nodes {
				require.Eventually(t, func() bool { return n.Barrier() == nil }, soonest, tick, options)
				require.Equal(t, want, n.Entries(), options)
			}
		})
	}
}
