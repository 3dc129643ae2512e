package trial

import (
	"context"

	"github.com/chronik-stream/metalog/sdk"
)

// Target is a backend under judgement, or a way to reach it. Cases use it one
// at a time.
type Target interface {
	// Name is for people: of the plugin, and how it is run.
	Name() string
	// Info asks what the backend is. It may start a process.
	Info(ctx context.Context) (sdk.Info, error)
	// Offers reports what of the harness this target has, with the reason why not.
	Offers(n Need) error
	// World makes nodes n1 to nN with nothing in them, below dir.
	World(ctx context.Context, dir string, nodes int) (World, error)
}

// World is the nodes of a case. It outlives their sessions, and is used by one
// goroutine.
type World interface {
	// Config is what node is opened with, but for Applied and Logger.
	Config(node string) sdk.Config
	// Backend makes the backend of node's next session; it isn't open yet.
	Backend(ctx context.Context, node string, log Logs) (sdk.Backend, error)
	// Kill ends node's session as a SIGKILL of its process would. It doesn't wait.
	Kill(node string) error
	// Partition lets nodes reach each other only within a group; Heal ends that.
	Partition(groups ...[]string) error
	Heal() error
	// Close releases what the sessions don't own.
	Close() error
}

// Joiner is a world that can make a node which the cluster is about to add.
type Joiner interface {
	// Join makes a further node with nothing in it, and says how to reach it.
	Join(node string) (sdk.Peer, error)
}

// namesOf the first n nodes.
func namesOf(n int) []string { return nodeNames[:n:n] }

// NodeName is what node i is called, counted from 1.
func NodeName(i int) string { return nodeNames[i-1] }

var nodeNames = []string{"n1", "n2", "n3", "n4", "n5"}

// clusterID is what every world's cluster is called.
const clusterID = "conformance"
