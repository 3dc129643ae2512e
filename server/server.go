package server

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// Node is what a server offers; host.Store is one.
type Node interface {
	metadata.Store
	// Status never blocks. Probes and every scrape call it.
	Status() host.Status
	Compact(ctx context.Context) error

	AddLearner(ctx context.Context, m sdk.Peer, expected []string) error
	AddVoter(ctx context.Context, m sdk.Peer, expected []string) error
	PromoteMember(ctx context.Context, node string, expected []string) error
	RemoveMember(ctx context.Context, node string, expected []string) error
	TransferLeadership(ctx context.Context, node string) error

	Seal(ctx context.Context, target string) (host.SealStatus, error)
	Unseal(ctx context.Context) error
	// Snapshot writes to w, which may fail, and never from another goroutine.
	Snapshot(ctx context.Context, w io.Writer, o host.SnapshotOptions) (host.SavedSnapshot, error)
}

// DefaultMaxWait bounds a call that has no deadline, or a later one.
const DefaultMaxWait = time.Minute

// Config is what a server stands on. New takes over the listeners.
type Config struct {
	GRPC    net.Listener
	HTTP    net.Listener  // nil: no probes and no metrics
	Version string        // of this program
	Backend string        // the name to show while the node doesn't know its backend's
	MaxWait time.Duration // 0: DefaultMaxWait
	Logger  *slog.Logger  // nil: silent
}

// Server serves one node until Shutdown. It doesn't close the node.
type Server struct {
	node    Node
	cfg     Config
	started time.Time
	metrics *metrics
	grpc    *grpc.Server
	http    *http.Server
	leaving chan struct{} // closed when Shutdown begins: long streams end
	once    sync.Once     // of leaving
}

// New makes a server; it answers nobody before Serve.
func New(node Node, cfg Config) *Server {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.MaxWait <= 0 {
		cfg.MaxWait = DefaultMaxWait
	}
	s := &Server{node: node, cfg: cfg, started: time.Now(), leaving: make(chan struct{})}
	s.metrics = newMetrics(node, cfg.Version)
	s.grpc = s.newGRPC()
	s.http = s.newHTTP()
	return s
}

// Serve answers until Shutdown, and then returns nil, or until a listener
// breaks. It is called once.
func (s *Server) Serve() error {
	var g errgroup.Group
	g.Go(func() error { return s.orStop(s.grpc.Serve(s.cfg.GRPC)) })
	if s.cfg.HTTP != nil {
		g.Go(func() error { return s.orStop(s.http.Serve(s.cfg.HTTP)) })
	}
	return g.Wait()
}

// orStop ends the other half of the server if err ended this one.
func (s *Server) orStop(err error) error {
	if err == nil || errors.Is(err, http.ErrServerClosed) || errors.Is(err, grpc.ErrServerStopped) {
		return nil
	}
	s.leave()
	s.grpc.Stop()
	return errors.Join(err, s.http.Close())
}

func (s *Server) leave() { s.once.Do(func() { close(s.leaving) }) }

// Shutdown takes no more calls, lets those under way finish, and cuts off what
// is left when ctx ends. Nothing of the server runs afterwards, as long as the
// node's methods heed their contexts. It may be called again.
func (s *Server) Shutdown(ctx context.Context) error {
	s.leave()
	var g errgroup.Group
	g.Go(func() error { return s.shutdownGRPC(ctx) })
	g.Go(func() error { return s.shutdownHTTP(ctx) })
	return g.Wait()
}

func (s *Server) shutdownGRPC(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.grpc.GracefulStop()
	}()
	defer closeQuietly(s.cfg.GRPC)
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		s.grpc.Stop()
		<-done
		return ctx.Err()
	}
}

func (s *Server) shutdownHTTP(ctx context.Context) error {
	defer closeQuietly(s.cfg.HTTP)
	if err := s.http.Shutdown(ctx); err != nil {
		return errors.Join(err, s.http.Close())
	}
	return nil
}

// closeQuietly closes a listener that Serve, if it ever ran, has closed.
func closeQuietly(l net.Listener) {
	if l != nil {
		_ = l.Close()
	}
}
