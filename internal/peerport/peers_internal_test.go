package peerport

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Connections to who isn't asked any more are closed: gRPC would dial for ever.
func TestUnusedConnectionsAreClosed(t *testing.T) {
	p := NewPeers(&Port{}, 'P', 1<<20)
	defer p.Close()
	_, err := p.conn("127.0.0.1:1")
	require.NoError(t, err)
	between := time.Now()
	_, err = p.conn("127.0.0.1:2")
	require.NoError(t, err)
	p.Prune(between)
	require.Len(t, p.conns, 1)
	require.Contains(t, p.conns, "127.0.0.1:2")
	_, err = p.conn("127.0.0.1:2")
	require.NoError(t, err)
	p.Prune(between)
	require.Len(t, p.conns, 1)
}
