// Package clustertest is clusters of a backend in one test process: each node with a
// directory of its own and a host that keeps every entry.
package clustertest

import (
	"bytes"
	"context"
	"encoding/gob"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

// Kind is the backend of a cluster.
type Kind struct {
	New      func() sdk.Backend
	Identity sdk.Identity
	Options  string // of each node, unless a test says otherwise
}

// with is the kind's options and one more.
func (k Kind) with(name string, value any) json.RawMessage {
	all := map[string]any{}
	if err := json.Unmarshal([]byte(k.Options), &all); err != nil {
		panic(err)
	}
	all[name] = value
	raw, err := json.Marshal(all)
	if err != nil {
		panic(err)
	}
	return raw
}

// Cluster is nodes in this process, each with a directory of its own.
type Cluster struct {
	Kind
	T     *testing.T
	Dir   string
	Peers []sdk.Peer
	Nodes map[string]*Node
}

// Node is a member, whether it is open or not.
type Node struct {
	*Recorder
	Cluster *Cluster
	Name    string
	Options json.RawMessage
	Backend sdk.Backend // nil: not open
}

// newCluster makes n1 to nN, and opens none.
func NewCluster(t *testing.T, kind Kind, n int) *Cluster {
	t.Helper()
	c := &Cluster{Kind: kind, T: t, Dir: t.TempDir(), Nodes: map[string]*Node{}}
	for i := range n {
		c.Peers = append(c.Peers, sdk.Peer{NodeID: fmt.Sprintf("n%d", i+1), Address: FreeAddress(t)})
	}
	for _, p := range c.Peers {
		c.Init(p, sdk.StartNew)
	}
	return c
}

func StartCluster(t *testing.T, kind Kind, n int) *Cluster {
	t.Helper()
	c := NewCluster(t, kind, n)
	for _, p := range c.Peers {
		c.Nodes[p.NodeID].Open()
	}
	for _, p := range c.Peers {
		c.Nodes[p.NodeID].Ready()
	}
	return c
}

// init makes a directory for a node.
func (c *Cluster) Init(p sdk.Peer, start sdk.Start) *Node {
	c.T.Helper()
	var others []sdk.Peer
	for _, o := range c.Peers {
		if o.NodeID != p.NodeID {
			others = append(others, o)
		}
	}
	dir := c.DirOf(p.NodeID)
	require.NoError(c.T, sdk.InitDirectory(sdk.Config{
		ClusterID: "c", NodeID: p.NodeID, DataDir: dir, Start: start, Address: p.Address, Peers: others,
	}, c.Identity))
	n := &Node{Recorder: NewRecorder(), Cluster: c, Name: p.NodeID, Options: json.RawMessage(c.Options)}
	c.Nodes[p.NodeID] = n
	return n
}

func (c *Cluster) DirOf(name string) string { return filepath.Join(c.Dir, name) }

func (c *Cluster) AddressOf(name string) string {
	for _, p := range c.Peers {
		if p.NodeID == name {
			return p.Address
		}
	}
	return ""
}

// leader waits until all open nodes agree on one.
func (c *Cluster) Leader() *Node {
	c.T.Helper()
	leader := ""
	require.Eventually(c.T, func() bool {
		leader = ""
		for _, n := range c.Nodes {
			if n.Backend == nil {
				continue
			}
			st := n.Status()
			if st.Leader == "" || leader != "" && leader != st.Leader {
				return false
			}
			leader = st.Leader
		}
		return leader != "" && c.Nodes[leader].Backend != nil
	}, 10*time.Second, 5*time.Millisecond, "no leader that all agree on")
	return c.Nodes[leader]
}

func (c *Cluster) Follower() *Node {
	c.T.Helper()
	leader := c.Leader()
	for _, p := range c.Peers {
		if n := c.Nodes[p.NodeID]; n != leader && n.Backend != nil {
			return n
		}
	}
	require.FailNow(c.T, "no follower is open")
	return nil
}

// same waits until every open node has what the leader has.
func (c *Cluster) Same() {
	c.T.Helper()
	require.EventuallyWithT(c.T, func(t *assert.CollectT) {
		var want []string
		for _, n := range c.Nodes {
			if n.Backend == nil {
				continue
			}
			if want == nil {
				want = n.Entries()
			}
			require.Equal(t, want, n.Entries(), n.Name)
		}
	}, 10*time.Second, 10*time.Millisecond)
}

func (n *Node) Config() sdk.Config {
	return sdk.Config{DataDir: n.Cluster.DirOf(n.Name), Options: n.Options, Logger: testLog(n.Cluster.T, n.Name)}
}

func (n *Node) Open() {
	n.Cluster.T.Helper()
	require.NoError(n.Cluster.T, n.TryOpen(n.Config()))
}

func (n *Node) TryOpen(cfg sdk.Config) error {
	b := sdk.Guard(n.Cluster.New(), n.Cluster.Identity)
	if err := b.Open(context.Background(), cfg, n.Recorder); err != nil {
		return err
	}
	n.Backend = b
	n.Cluster.T.Cleanup(func() { n.Close() })
	return nil
}

// close closes the node if it is open.
func (n *Node) Close() {
	n.Cluster.T.Helper()
	if n.Backend == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	require.NoError(n.Cluster.T, n.Backend.Close(ctx), n.Name)
	n.Backend = nil
}

// restart closes the node and opens it to an empty host.
func (n *Node) Restart() {
	n.Cluster.T.Helper()
	n.Close()
	n.Recorder = NewRecorder()
	n.Open()
}

func (n *Node) Ready() {
	n.Cluster.T.Helper()
	require.Eventually(n.Cluster.T, func() bool { return n.Status().CanPropose }, 10*time.Second, 5*time.Millisecond, "%s isn't ready", n.Name)
}

func (n *Node) Propose(data string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return n.Backend.Propose(ctx, []byte(data))
}

func (n *Node) Write(format string, args ...any) {
	n.Cluster.T.Helper()
	require.NoError(n.Cluster.T, n.Propose(fmt.Sprintf(format, args...)), n.Name)
}

func (n *Node) Barrier() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return n.Backend.(sdk.ReadBarrierer).ReadBarrier(ctx)
}

func (n *Node) Members() sdk.Membership { return n.Backend.(sdk.Membership) }

func FreeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

func testLog(t *testing.T, node string) *slog.Logger {
	t.Helper()
	if !testing.Verbose() {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(&testWriter{t: t}, &slog.HandlerOptions{Level: slog.LevelInfo})).With("node", node)
}

type testWriter struct {
	mu sync.Mutex
	t  *testing.T
}

func (w *testWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.t.Log(string(bytes.TrimSpace(p)))
	return len(p), nil
}

// Recorder is a host that keeps every entry.
type Recorder struct {
	mu       sync.Mutex
	data     []sdk.Entry
	st       sdk.Status
	Restores int           // how many there were
	hold     chan struct{} // Apply waits for it to close; nil: it doesn't
	FailWith error         // what Apply answers; nil: nothing is wrong
}

func NewRecorder() *Recorder { return &Recorder{} }

func (r *Recorder) Apply(ctx context.Context, entries ...sdk.Entry) error {
	r.mu.Lock()
	hold := r.hold
	r.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.FailWith != nil {
		return r.FailWith
	}
	for _, e := range entries {
		if len(r.data) == 0 || e.Index > r.data[len(r.data)-1].Index {
			r.data = append(r.data, e)
		}
	}
	return nil
}

func (r *Recorder) Snapshot(context.Context) (sdk.Snapshot, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return pinned(r.data[:len(r.data):len(r.data)]), nil
}

type pinned []sdk.Entry

func (p pinned) WriteTo(w io.Writer) (int64, error) {
	var buf bytes.Buffer
	if err := gob.NewEncoder(&buf).Encode([]sdk.Entry(p)); err != nil {
		return 0, err
	}
	return buf.WriteTo(w)
}

func (p pinned) Release() {}

func (r *Recorder) Restore(_ context.Context, from io.Reader) error {
	var entries []sdk.Entry
	if err := gob.NewDecoder(from).Decode(&entries); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Restores++
	if len(entries) > len(r.data) {
		r.data = entries
	}
	return nil
}

func (r *Recorder) SetStatus(st sdk.Status) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.st = st
}

func (r *Recorder) Status() sdk.Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.st
}

func (r *Recorder) Entries() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := []string{}
	for _, e := range r.data {
		list = append(list, string(e.Data))
	}
	return list
}

// holdApply has Apply wait until the result is called.
func (r *Recorder) HoldApply() (release func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	hold := make(chan struct{})
	r.hold = hold
	return sync.OnceFunc(func() {
		r.mu.Lock()
		r.hold = nil
		r.mu.Unlock()
		close(hold)
	})
}
