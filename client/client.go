package client

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

var _ metadata.Store = (*Client)(nil)

// DefaultRetryFor is how long a write is repeated, and a watch is tried to go on
// with, unless RetryFor says another time.
const DefaultRetryFor = 15 * time.Second

// How a connection is kept and made again.
const (
	pingAfter  = 30 * time.Second
	pingWait   = 10 * time.Second
	dialWait   = 5 * time.Second
	redialMin  = 50 * time.Millisecond
	redialMax  = time.Second
	redialRise = 1.6
)

// Client is a remote node. Many goroutines may use one at once, over one
// connection, which is made when first needed and made again when lost.
type Client struct {
	address  string
	conn     *grpc.ClientConn
	metadata metalogv1.MetadataClient
	watch    metalogv1.WatchClient
	admin    metalogv1.AdminClient
	retryFor time.Duration
	silence  time.Duration // of a watch
	newID    func() metadata.RequestID
	seen     revision
}

// Option changes how a client is made.
type Option func(*settings)

type settings struct {
	retryFor time.Duration
	newID    func() metadata.RequestID
	grpc     []grpc.DialOption
}

// RetryFor bounds how long a write is repeated; the context's deadline may end
// it sooner. It also bounds how long the client tries to go on with a watch that
// broke. 0: a write is sent once, and a watch ends with its first stream.
func RetryFor(d time.Duration) Option { return func(s *settings) { s.retryFor = d } }

// WithIDs replaces the source of request ids, which must be unique in the
// cluster. Many goroutines call it at once.
func WithIDs(newID func() metadata.RequestID) Option { return func(s *settings) { s.newID = newID } }

// WithGRPC adds to what the connection is made with, such as a dialer.
func WithGRPC(opts ...grpc.DialOption) Option {
	return func(s *settings) { s.grpc = append(s.grpc, opts...) }
}

// Dial makes a client of the node at address (HOST:PORT). It doesn't connect:
// the first call does, and says so if it can't. The connection isn't encrypted.
func Dial(address string, opts ...Option) (*Client, error) {
	s := settings{retryFor: DefaultRetryFor, newID: newRequestID}
	for _, opt := range opts {
		opt(&s)
	}
	conn, err := grpc.NewClient(address, append(dialOptions(), s.grpc...)...)
	if err != nil {
		return nil, fmt.Errorf("address %q (want HOST:PORT): %w", address, err)
	}
	return &Client{
		address:  address,
		conn:     conn,
		metadata: metalogv1.NewMetadataClient(conn),
		watch:    metalogv1.NewWatchClient(conn),
		admin:    metalogv1.NewAdminClient(conn),
		retryFor: s.retryFor,
		silence:  defaultSilence,
		newID:    s.newID,
	}, nil
}

func dialOptions() []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithStatsHandler(sentWatcher{}),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: pingAfter, Timeout: pingWait}),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: redialMin, Multiplier: redialRise, Jitter: 0.2, MaxDelay: redialMax},
			MinConnectTimeout: dialWait,
		}),
		grpc.WithDefaultCallOptions(
			grpc.MaxCallRecvMsgSize(convert.MaxResponse),
			grpc.MaxCallSendMsgSize(convert.MaxRequest),
		),
	}
}

// Close ends the connection, and with it every call under way: their errors
// match net.ErrClosed.
func (c *Client) Close() error { return c.conn.Close() }

// Status is what the node knows of itself, in whatever state it is.
func (c *Client) Status(ctx context.Context) (*metalogv1.Status, error) {
	resp, err := readOnce(ctx, c, c.admin.GetStatus, &metalogv1.GetStatusRequest{})
	return resp.GetStatus(), err
}

// Compact has the node's backend drop what a snapshot covers.
func (c *Client) Compact(ctx context.Context) error {
	_, err := readOnce(ctx, c, c.admin.Compact, &metalogv1.CompactRequest{})
	return err
}

// revision is the latest one that any answer told; it is what a new write's
// first attempt has seen. Not the highest: a node that was set up anew counts
// from zero again.
type revision struct{ plusOne atomic.Uint64 }

func (r *revision) learn(rev uint64) { r.plusOne.Store(rev + 1) }

// atLeast learns from what may be old: a watch tells the past, too.
func (r *revision) atLeast(rev uint64) {
	for n := r.plusOne.Load(); n <= rev && !r.plusOne.CompareAndSwap(n, rev+1); n = r.plusOne.Load() {
	}
}

func (r *revision) get() (rev uint64, known bool) {
	n := r.plusOne.Load()
	return n - 1, n != 0
}
