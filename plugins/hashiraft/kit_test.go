package hashiraft_test

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
	"go.uber.org/goleak"

	"github.com/chronik-stream/metalog/plugins/hashiraft"
	"github.com/chronik-stream/metalog/sdk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// quick has elections within a fraction of a second.
const quick = `{"heartbeat_timeout": "300ms", "election_timeout": "300ms"}`

var identity = sdk.Identity{Plugin: hashiraft.Name, DataFormat: hashiraft.DataFormat, Claims: hashiraft.Claims()}

// cluster is nodes in this process, each with a directory of its own.
type cluster struct {
	t     *testing.T
	dir   string
	peers []sdk.Peer
	nodes map[string]*node
}

// node is a member, whether it is open or not.
type node struct {
	*recorder
	cluster *cluster
	name    string
	options json.RawMessage
	backend sdk.Backend // nil: not open
}

// newCluster makes n1 to nN, and opens none.
func newCluster(t *testing.T, n int) *cluster {
	t.Helper()
	c := &cluster{t: t, dir: t.TempDir(), nodes: map[string]*node{}}
	for i := range n {
		c.peers = append(c.peers, sdk.Peer{NodeID: fmt.Sprintf("n%d", i+1), Address: freeAddress(t)})
	}
	for _, p := range c.peers {
		c.init(p, sdk.StartNew)
	}
	return c
}

func startCluster(t *testing.T, n int) *cluster {
	t.Helper()
	c := newCluster(t, n)
	for _, p := range c.peers {
		c.nodes[p.NodeID].open()
	}
	for _, p := range c.peers {
		c.nodes[p.NodeID].ready()
	}
	return c
}

// init makes a directory for a node.
func (c *cluster) init(p sdk.Peer, start sdk.Start) *node {
	c.t.Helper()
	var others []sdk.Peer
	for _, o := range c.peers {
		if o.NodeID != p.NodeID {
			others = append(others, o)
		}
	}
	dir := c.dirOf(p.NodeID)
	require.NoError(c.t, sdk.InitDirectory(sdk.Config{
		ClusterID: "c", NodeID: p.NodeID, DataDir: dir, Start: start, Address: p.Address, Peers: others,
	}, identity))
	n := &node{recorder: newRecorder(), cluster: c, name: p.NodeID, options: json.RawMessage(quick)}
	c.nodes[p.NodeID] = n
	return n
}

func (c *cluster) dirOf(name string) string { return filepath.Join(c.dir, name) }

func (c *cluster) addressOf(name string) string {
	for _, p := range c.peers {
		if p.NodeID == name {
			return p.Address
		}
	}
	return ""
}

// leader waits until all open nodes agree on one.
func (c *cluster) leader() *node {
	c.t.Helper()
	leader := ""
	require.Eventually(c.t, func() bool {
		leader = ""
		for _, n := range c.nodes {
			if n.backend == nil {
				continue
			}
			st := n.status()
			if st.Leader == "" || leader != "" && leader != st.Leader {
				return false
			}
			leader = st.Leader
		}
		return leader != "" && c.nodes[leader].backend != nil
	}, 10*time.Second, 5*time.Millisecond, "no leader that all agree on")
	return c.nodes[leader]
}

func (c *cluster) follower() *node {
	c.t.Helper()
	leader := c.leader()
	for _, p := range c.peers {
		if n := c.nodes[p.NodeID]; n != leader && n.backend != nil {
			return n
		}
	}
	require.FailNow(c.t, "no follower is open")
	return nil
}

// same waits until every open node has what the leader has.
func (c *cluster) same() {
	c.t.Helper()
	require.EventuallyWithT(c.t, func(t *assert.CollectT) {
		var want []string
		for _, n := range c.nodes {
			if n.backend == nil {
				continue
			}
			if want == nil {
				want = n.entries()
			}
			require.Equal(t, want, n.entries(), n.name)
		}
	}, 10*time.Second, 10*time.Millisecond)
}

func (n *node) config() sdk.Config {
	return sdk.Config{DataDir: n.cluster.dirOf(n.name), Options: n.options, Logger: testLog(n.cluster.t, n.name)}
}

func (n *node) open() {
	n.cluster.t.Helper()
	require.NoError(n.cluster.t, n.tryOpen(n.config()))
}

func (n *node) tryOpen(cfg sdk.Config) error {
	b := sdk.Guard(hashiraft.New(), identity)
	if err := b.Open(context.Background(), cfg, n.recorder); err != nil {
		return err
	}
	n.backend = b
	n.cluster.t.Cleanup(func() { n.close() })
	return nil
}

// close closes the node if it is open.
func (n *node) close() {
	n.cluster.t.Helper()
	if n.backend == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	require.NoError(n.cluster.t, n.backend.Close(ctx), n.name)
	n.backend = nil
}

// restart closes the node and opens it to an empty host.
func (n *node) restart() {
	n.cluster.t.Helper()
	n.close()
	n.recorder = newRecorder()
	n.open()
}

func (n *node) ready() {
	n.cluster.t.Helper()
	require.Eventually(n.cluster.t, func() bool { return n.status().CanPropose }, 10*time.Second, 5*time.Millisecond, "%s isn't ready", n.name)
}

func (n *node) propose(data string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return n.backend.Propose(ctx, []byte(data))
}

func (n *node) write(format string, args ...any) {
	n.cluster.t.Helper()
	require.NoError(n.cluster.t, n.propose(fmt.Sprintf(format, args...)), n.name)
}

func (n *node) barrier() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return n.backend.(sdk.ReadBarrierer).ReadBarrier(ctx)
}

func (n *node) members() sdk.Membership { return n.backend.(sdk.Membership) }

func freeAddress(t *testing.T) string {
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

// recorder is a host that keeps every entry.
type recorder struct {
	mu       sync.Mutex
	data     []sdk.Entry
	st       sdk.Status
	restores int
	hold     chan struct{} // Apply waits for it to close; nil: it doesn't
	failWith error
}

func newRecorder() *recorder { return &recorder{} }

func (r *recorder) Apply(ctx context.Context, entries ...sdk.Entry) error {
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
	if r.failWith != nil {
		return r.failWith
	}
	for _, e := range entries {
		if len(r.data) == 0 || e.Index > r.data[len(r.data)-1].Index {
			r.data = append(r.data, e)
		}
	}
	return nil
}

func (r *recorder) Snapshot(context.Context) (sdk.Snapshot, error) {
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

func (r *recorder) Restore(_ context.Context, from io.Reader) error {
	var entries []sdk.Entry
	if err := gob.NewDecoder(from).Decode(&entries); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.restores++
	if len(entries) > len(r.data) {
		r.data = entries
	}
	return nil
}

func (r *recorder) SetStatus(st sdk.Status) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.st = st
}

func (r *recorder) status() sdk.Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.st
}

func (r *recorder) entries() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := []string{}
	for _, e := range r.data {
		list = append(list, string(e.Data))
	}
	return list
}

// holdApply has Apply wait until the result is called.
func (r *recorder) holdApply() (release func()) {
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
