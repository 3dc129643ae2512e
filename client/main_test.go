package client_test

import (
	"context"
	"io"
	"iter"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/chronik-stream/metalog/client"
	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/server"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// remote is a node behind a server whose connections a test can break.
type remote struct {
	address string
	mu      sync.Mutex
	conns   []net.Conn
	net.Listener
	server *server.Server
	served chan error
	once   sync.Once
}

func serve(t *testing.T, node server.Node) *remote {
	t.Helper()
	return serveAt(t, node, "127.0.0.1:0")
}

func serveAt(t *testing.T, node server.Node, address string) *remote {
	t.Helper()
	l, err := server.Listen(t.Context(), "test", address)
	require.NoError(t, err)
	r := &remote{address: l.Addr().String(), Listener: l, served: make(chan error, 1)}
	r.server = server.New(node, server.Config{GRPC: r})
	go func() { r.served <- r.server.Serve() }()
	t.Cleanup(func() { r.stop(t) })
	return r
}

// Accept is net.Listener's; it keeps what it accepts in reach.
func (r *remote) Accept() (net.Conn, error) {
	conn, err := r.Listener.Accept()
	if err == nil {
		r.mu.Lock()
		r.conns = append(r.conns, conn)
		r.mu.Unlock()
	}
	return conn, err
}

// cut breaks every connection there is.
func (r *remote) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, conn := range r.conns {
		_ = conn.Close()
	}
	r.conns = nil
}

// stop ends the server as a crash would.
func (r *remote) stop(t *testing.T) {
	t.Helper()
	r.once.Do(func() {
		now, cancel := context.WithCancel(context.Background())
		cancel()
		_ = r.Close()
		r.cut()
		_ = r.server.Shutdown(now)
		<-r.served
	})
}

func dial(t *testing.T, address string, opts ...client.Option) *client.Client {
	t.Helper()
	c, err := client.Dial(address, opts...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

// node answers writes and lists as a test says, and everything else as the
// store it is put over.
type node struct {
	metadata.Store
	membership
	mover
	status  host.Status
	compact error
	// create stands before the store's CreateTopic; nil: nothing does.
	create func(ctx context.Context, o metadata.WriteOptions, then func() (metadata.CreatedTopic, error)) (metadata.CreatedTopic, error)
	topics func(ctx context.Context, o metadata.ReadOptions) (metadata.Read[[]*metadata.Topic], error)
	// watch stands for the store's Watch, the nth time from 1 on; nil: nothing does.
	watch func(ctx context.Context, n int, yield func(metadata.WatchMessage, error) bool)

	mu      sync.Mutex
	seen    []metadata.WriteOptions // of each CreateTopic
	watched []metadata.WatchOptions // of each Watch
}

// membership is what a node does for its cluster; nil unless a test sets it.
type membership interface {
	AddLearner(ctx context.Context, m sdk.Peer, expected []string) error
	AddVoter(ctx context.Context, m sdk.Peer, expected []string) error
	PromoteMember(ctx context.Context, node string, expected []string) error
	RemoveMember(ctx context.Context, node string, expected []string) error
	TransferLeadership(ctx context.Context, node string) error
}

// mover is what a node does for a cluster whose state moves; likewise.
type mover interface {
	Seal(ctx context.Context, target string) (host.SealStatus, error)
	Unseal(ctx context.Context) error
	Snapshot(ctx context.Context, w io.Writer, o host.SnapshotOptions) (host.SavedSnapshot, error)
}

func (n *node) Status() host.Status           { return n.status }
func (n *node) Compact(context.Context) error { return n.compact }

func (n *node) CreateTopic(ctx context.Context, spec metadata.TopicSpec, opts ...metadata.WriteOption) (metadata.CreatedTopic, error) {
	o := metadata.NewWriteOptions(opts)
	n.mu.Lock()
	n.seen = append(n.seen, o)
	n.mu.Unlock()
	then := func() (metadata.CreatedTopic, error) {
		if n.Store == nil {
			return metadata.CreatedTopic{Written: metadata.Written{RequestID: o.RequestID, Revision: n.status.Revision + 1}}, nil
		}
		return n.Store.CreateTopic(ctx, spec, opts...)
	}
	if n.create == nil {
		return then()
	}
	return n.create(ctx, o, then)
}

func (n *node) Topics(ctx context.Context, opts ...metadata.ReadOption) (metadata.Read[[]*metadata.Topic], error) {
	if n.topics == nil {
		return n.Store.Topics(ctx, opts...)
	}
	return n.topics(ctx, metadata.NewReadOptions(opts))
}

func (n *node) Watch(ctx context.Context, opts ...metadata.WatchOption) iter.Seq2[metadata.WatchMessage, error] {
	n.mu.Lock()
	n.watched = append(n.watched, metadata.NewWatchOptions(opts))
	count := len(n.watched)
	n.mu.Unlock()
	if n.watch == nil {
		return n.Store.Watch(ctx, opts...)
	}
	return func(yield func(metadata.WatchMessage, error) bool) { n.watch(ctx, count, yield) }
}

// watches are the options that Watch was called with, in order.
func (n *node) watches() []metadata.WatchOptions {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]metadata.WatchOptions(nil), n.watched...)
}

// attempts are the options that CreateTopic was called with, in order.
func (n *node) attempts() []metadata.WriteOptions {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]metadata.WriteOptions(nil), n.seen...)
}

// failing answers the first calls with errs, one each, and lets the rest
// through.
func failing(errs ...error) func(context.Context, metadata.WriteOptions, func() (metadata.CreatedTopic, error)) (metadata.CreatedTopic, error) {
	var mu sync.Mutex
	return func(_ context.Context, _ metadata.WriteOptions, then func() (metadata.CreatedTopic, error)) (metadata.CreatedTopic, error) {
		mu.Lock()
		defer mu.Unlock()
		if len(errs) == 0 {
			return then()
		}
		err := errs[0]
		errs = errs[1:]
		return metadata.CreatedTopic{}, err
	}
}

var orders = metadata.TopicSpec{Name: "orders", Partitions: 3, ReplicationFactor: metadata.Default}

// requireOneRequest says that all attempts were one request.
func requireOneRequest(t *testing.T, attempts []metadata.WriteOptions, n int) {
	t.Helper()
	require.Len(t, attempts, n)
	require.False(t, attempts[0].RequestID.IsZero())
	require.NotNil(t, attempts[0].FirstRevision)
	for _, o := range attempts {
		require.Equal(t, attempts[0], o)
	}
}
