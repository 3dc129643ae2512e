package peerport_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/peerport"
	"github.com/chronik-stream/metalog/sdk"
)

func TestListenNamesTheField(t *testing.T) {
	taken := open(t, "n1", nil).at
	for name, test := range map[string]struct {
		cfg    sdk.Config
		reason sdk.Reason
		says   string
	}{
		"taken":       {sdk.Config{Address: taken}, sdk.ReasonConflict, "is taken by another process"},
		"unprotected": {sdk.Config{Address: "127.0.0.1:1", Listen: ":0"}, sdk.ReasonInvalidConfig, "nothing protects it"},
		"no port":     {sdk.Config{Address: "127.0.0.1"}, sdk.ReasonInvalidConfig, "isn't HOST:PORT"},
		"no such":     {sdk.Config{Address: "localhost:none"}, sdk.ReasonInvalidConfig, "can't listen for peers at"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := peerport.Listen(t.Context(), test.cfg, nil, false)
			var e *sdk.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, test.reason, e.Reason)
			require.ErrorContains(t, err, test.says)
		})
	}
	l, err := peerport.Listen(t.Context(), sdk.Config{Address: "127.0.0.1:1", Listen: ":0"}, nil, true)
	require.NoError(t, err, "it was asked for")
	require.NoError(t, l.Close())
}

func TestAddressesThatCannotBe(t *testing.T) {
	me := sdk.Config{NodeID: "n1", Address: "h1:1"}
	for says, peers := range map[string][]sdk.Peer{
		`two nodes are called "n1"`:                      {{NodeID: "n1", Address: "h2:1"}},
		`two nodes are called "n2"`:                      {{NodeID: "n2", Address: "h2:1"}, {NodeID: "n2", Address: "h3:1"}},
		`nodes "n1" and "n2" have the same address h1:1`: {{NodeID: "n2", Address: "h1:1"}},
		`nodes "n2" and "n3" have the same address h2:1`: {{NodeID: "n2", Address: "h2:1"}, {NodeID: "n3", Address: "h2:1"}},
	} {
		cfg := me
		cfg.Peers = peers
		err := peerport.CheckAddresses(cfg)
		require.ErrorIs(t, err, sdk.ErrInvalidConfig)
		require.ErrorContains(t, err, says)
	}
	require.ErrorContains(t, peerport.CheckAddresses(sdk.Config{NodeID: "n1"}), "needs an address")
	me.Peers = []sdk.Peer{{NodeID: "n2", Address: "h2:1"}}
	require.NoError(t, peerport.CheckAddresses(me))
	for _, address := range []string{"", "h", "h:", "h:0", ":1", "0.0.0.0:1", "[::]:1"} {
		require.ErrorIs(t, peerport.CheckPeerAddress(sdk.Peer{NodeID: "n2", Address: address}), sdk.ErrInvalidConfig, address)
	}
	require.NoError(t, peerport.CheckPeerAddress(me.Peers[0]))
}
