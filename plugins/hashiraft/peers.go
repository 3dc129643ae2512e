package hashiraft

import (
	"github.com/chronik-stream/metalog/internal/peerport"
)

// What connections between nodes are for.
const (
	kindRaft peerport.Kind = 'R'
	kindPeer peerport.Kind = 'P'
)
