package server_test

import (
	"context"
	"io"
	"iter"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/host/hosttest"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/server"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds whatever a test waits for.
const patience = 20 * time.Second

// running is a server on the loopback, until the test ends.
type running struct {
	*server.Server
	grpc, http string // addresses
	served     chan error
}

func serve(t *testing.T, node server.Node, cfg server.Config) *running {
	t.Helper()
	var err error
	cfg.GRPC, err = server.Listen(t.Context(), "grpc", "127.0.0.1:0")
	require.NoError(t, err)
	cfg.HTTP, err = server.Listen(t.Context(), "http", "127.0.0.1:0")
	require.NoError(t, err)
	r := &running{
		Server: server.New(node, cfg),
		grpc:   cfg.GRPC.Addr().String(), http: "http://" + cfg.HTTP.Addr().String(),
		served: make(chan error, 1),
	}
	go func() { r.served <- r.Serve() }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		require.NoError(t, r.Shutdown(ctx))
		require.NoError(t, <-r.served)
	})
	return r
}

// dial connects as any program would, without our client.
func (r *running) dial(t *testing.T) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient(r.grpc, grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	return conn
}

func (r *running) metadata(t *testing.T) metalogv1.MetadataClient {
	t.Helper()
	return metalogv1.NewMetadataClient(r.dial(t))
}

// node is a host over a log in memory.
func node(t *testing.T) *host.Store {
	t.Helper()
	return hosttest.Cluster(t, 1).Store(0)
}

// fake answers what a test says, and as its own store otherwise; it must not
// be asked for what it has neither of.
type fake struct {
	metadata.Store
	membership
	mover
	mu          sync.Mutex
	status      host.Status
	createTopic func(context.Context, metadata.TopicSpec, metadata.WriteOptions) (metadata.CreatedTopic, error)
	topics      func(context.Context, metadata.ReadOptions) (metadata.Read[[]*metadata.Topic], error)
	compact     func(context.Context) error
	watch       func(ctx context.Context, o metadata.WatchOptions, yield func(metadata.WatchMessage, error) bool)
}

func (f *fake) Status() host.Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.status
}

func (f *fake) set(st host.Status) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.status = st
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

func (f *fake) Compact(ctx context.Context) error { return f.compact(ctx) }

func (f *fake) CreateTopic(ctx context.Context, spec metadata.TopicSpec, opts ...metadata.WriteOption) (metadata.CreatedTopic, error) {
	return f.createTopic(ctx, spec, metadata.NewWriteOptions(opts))
}

func (f *fake) Topics(ctx context.Context, opts ...metadata.ReadOption) (metadata.Read[[]*metadata.Topic], error) {
	return f.topics(ctx, metadata.NewReadOptions(opts))
}

func (f *fake) Watch(ctx context.Context, opts ...metadata.WatchOption) iter.Seq2[metadata.WatchMessage, error] {
	return func(yield func(metadata.WatchMessage, error) bool) {
		f.watch(ctx, metadata.NewWatchOptions(opts), yield)
	}
}

// listener is one that nobody needs to reach.
func listener(t *testing.T) net.Listener {
	t.Helper()
	l, err := server.Listen(t.Context(), "grpc", "127.0.0.1:0")
	require.NoError(t, err)
	return l
}
