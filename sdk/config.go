package sdk

import (
	"encoding/json"
	"log/slog"
)

// Config is what a host tells a backend at Open.
type Config struct {
	ClusterID string // the same on every node of a cluster
	NodeID    string // the operator's name for this node; unique in the cluster
	DataDir   string // the backend's own; Guard holds its LOCK and IDENTITY there
	Start     Start
	Directory string          // tells this data directory from any that takes its place; Guard fills it in
	Address   string          // where the other nodes reach this one, HOST:PORT; empty: it has no peers
	Listen    string          // where to listen for them, if that isn't Address itself
	Peers     []Peer          // the other nodes, as they were when this one was made
	Options   json.RawMessage // the backend's own settings; nil: all defaults
	Applied   uint64          // the index up to which the host's state is already applied; 0: nothing
	Logger    *slog.Logger    // never nil inside Open; crosses the process wall
}

// Peer is another node of the cluster.
type Peer struct {
	NodeID  string `json:"node_id"`
	Address string `json:"address"`
}

// Start says what the backend finds in its directory.
type Start uint8

// Guard decides it from the directory's IDENTITY, so a backend can rely on it.
const (
	StartNew     Start = iota + 1 // an empty directory of a new cluster
	StartJoin                     // an empty directory of a member that the cluster has added
	StartRestart                  // a directory this node has opened before
)

func (s Start) String() string {
	switch s {
	case StartNew:
		return "new"
	case StartJoin:
		return "join"
	case StartRestart:
		return "restart"
	default:
		return "unset"
	}
}
