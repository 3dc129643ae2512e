package hashiraft

import (
	"context"
	"time"

	"github.com/chronik-stream/metalog/internal/membership/peerpb"
	"github.com/chronik-stream/metalog/internal/peerport"
	"github.com/chronik-stream/metalog/sdk"
)

// What connections between nodes are for.
const (
	kindRaft peerport.Kind = 'R'
	kindPeer peerport.Kind = 'P'
)

// maxMessage is an entry and what surrounds it.
const maxMessage = sdk.MaxEntrySize + 64<<10

// unused is after how long a connection is given up that nobody asked for, as to a
// member that was removed: every member is asked each second.
const unused = time.Minute

// reach returns the node at address, connected: what is sent then either
// arrives or its outcome is unknown.
func (s *session) reach(ctx context.Context, address string) (peerpb.PeerClient, error) {
	conn, err := s.peers.Reach(ctx, address)
	if err != nil {
		return nil, err
	}
	return peerpb.NewPeerClient(conn), nil
}
