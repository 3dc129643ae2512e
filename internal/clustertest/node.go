package clustertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

// Node is a member, whether it is open or not.
type Node struct {
	*Recorder
	Cluster *Cluster
	Name    string
	Options json.RawMessage
	Backend sdk.Backend      // nil: it isn't open
	Host    sdk.StateMachine // what is opened; nil: the recorder
}

// NewNode is a node of that name, closed, whose directory the test sees to. It is none
// of c.Nodes.
func NewNode(c *Cluster, name string) *Node {
	return &Node{Recorder: NewRecorder(), Cluster: c, Name: name, Options: json.RawMessage(c.Options)}
}

// Config is what the node is opened with.
func (n *Node) Config() sdk.Config {
	return sdk.Config{DataDir: n.Cluster.DirOf(n.Name), Options: n.Options, Logger: logOf(n.Cluster.T, n.Name)}
}

// Open opens the node.
func (n *Node) Open() {
	n.Cluster.T.Helper()
	require.NoError(n.Cluster.T, n.TryOpen(n.Config()), n.Name)
}

// TryOpen opens the node with another configuration than Config's, maybe.
func (n *Node) TryOpen(cfg sdk.Config) error { return n.OpenOn(n.Cluster.New(), cfg) }

// OpenOn opens the node on a backend of the test's own.
func (n *Node) OpenOn(backend sdk.Backend, cfg sdk.Config) error {
	b := sdk.Guard(backend, n.Cluster.Identity)
	host := n.Host
	if host == nil {
		host = n.Recorder
	}
	if err := b.Open(context.Background(), cfg, host); err != nil {
		return err
	}
	n.Backend = b
	n.Cluster.T.Cleanup(func() { n.Close() })
	return nil
}

// Close closes the node if it is open.
func (n *Node) Close() {
	n.Cluster.T.Helper()
	if n.Backend == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(n.Cluster.T, n.Backend.Close(ctx), n.Name)
	n.Backend = nil
}

// Restart closes the node and opens it to an empty host.
func (n *Node) Restart() {
	n.Cluster.T.Helper()
	n.Close()
	n.Recorder = NewRecorder()
	n.Open()
}

// Ended waits until the session has ended by itself, and returns why. The node isn't
// open afterwards.
func (n *Node) Ended() error {
	n.Cluster.T.Helper()
	life := n.Backend.(sdk.Lifetime)
	select {
	case <-life.Done():
		defer n.Close()
		return life.Err()
	case <-time.After(patience):
		require.FailNow(n.Cluster.T, "the session goes on")
		return nil
	}
}

// Ready waits until the node can be written to.
func (n *Node) Ready() {
	n.Cluster.T.Helper()
	require.Eventually(n.Cluster.T, func() bool { return n.Status().CanPropose }, patience, 5*time.Millisecond, "%s isn't ready", n.Name)
}

// Propose writes data, within half of the test's patience. Any goroutine may call it.
func (n *Node) Propose(data string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience/2)
	defer cancel()
	return n.Backend.Propose(ctx, []byte(data))
}

// Write has something written once, as a host would. On a busy machine a leader may
// change by itself, which refuses a write or leaves its outcome unknown: then a barrier
// shows what became of it.
func (n *Node) Write(format string, args ...any) {
	n.Cluster.T.Helper()
	data := fmt.Sprintf(format, args...)
	var err error
	for range writeAttempts {
		err = n.Propose(data)
		unknown := errors.Is(err, sdk.ErrOutcomeUnknown)
		if unknown {
			require.NoError(n.Cluster.T, n.Barrier(), n.Name)
		}
		if err == nil || unknown && n.times(data) > n.Cluster.written[data] {
			n.Cluster.written[data]++
			return
		}
		if !unknown && !errors.Is(err, sdk.ErrNoQuorum) {
			break
		}
		n.Cluster.T.Logf("%s writes again: %v", n.Name, err)
	}
	require.NoError(n.Cluster.T, err, n.Name)
}

// writeAttempts is how many changes of leader in a row are none by themselves.
const writeAttempts = 3

// times is how often data was handed to the node.
func (n *Node) times(data string) int {
	times := 0
	for _, entry := range n.Entries() {
		if entry == data {
			times++
		}
	}
	return times
}

// Barrier is a read barrier, within half of the test's patience.
func (n *Node) Barrier() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience/2)
	defer cancel()
	return n.Backend.(sdk.ReadBarrierer).ReadBarrier(ctx)
}

// Members changes members through this node.
func (n *Node) Members() sdk.Membership { return n.Backend.(sdk.Membership) }

// Transfer hands leadership on through this node.
func (n *Node) Transfer(to string) error {
	return n.Backend.(sdk.Transferer).TransferLeadership(Soon(n.Cluster.T), to)
}

// Compact has the node replace its log by a snapshot.
func (n *Node) Compact() error {
	return n.Backend.(sdk.Compacter).Compact(Soon(n.Cluster.T))
}
