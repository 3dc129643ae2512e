package hashiraft

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"
	"google.golang.org/grpc"

	"github.com/chronik-stream/metalog/sdk"
)

// session is a running node. Its fields don't change after start.
type session struct {
	cfg   sdk.Config
	opts  Options
	sm    sdk.StateMachine
	log   *slog.Logger
	disk  *disk
	port  *port
	trans *raft.NetworkTransport
	raft  *raft.Raft
	fsm   *stateMachine
	known *known

	peers   *peers // how other nodes are asked
	server  *grpc.Server
	rounds  *rounds
	changes sync.Mutex // one change of members at a time
	compact sync.Mutex
	board   *board // what is shown of this node

	ctx  context.Context // ends when the session shall end, its cause says why
	end  context.CancelCauseFunc
	work sync.WaitGroup // its goroutines

	began     atomic.Bool   // start has returned
	barriered atomic.Uint64 // the last term in which this node, as its leader, has committed something

	mu       sync.Mutex // guards released, and with it that nothing joins work after its end
	released bool
}

// start opens everything, in the order that errors are most useful in. After an
// error nothing is left.
func start(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine, seam seams) (_ *session, err error) {
	s := &session{cfg: cfg, sm: sm, log: cfg.Logger, rounds: newRounds(), board: newBoard()}
	if s.opts, err = parseOptions(cfg.Options); err != nil {
		return nil, err
	}
	protect, err := s.opts.peerTLS(s.log)
	if err != nil {
		return nil, err
	}
	if err := checkAddresses(cfg); err != nil {
		return nil, err
	}
	s.ctx, s.end = context.WithCancelCause(context.WithoutCancel(ctx))
	if s.disk, err = openDisk(cfg, seam.logs); err != nil {
		s.end(err)
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { s.end(context.Cause(ctx)) }) // a restore may take long
	err = s.startOn(ctx, protect)
	if !stop() && err == nil {
		err = gaveUp(ctx, "open", sdk.NotAppended)
	}
	if err != nil {
		s.end(err)
		return nil, errors.Join(err, s.release())
	}
	s.began.Store(true)
	s.tell()
	return s, nil
}

func checkAddresses(cfg sdk.Config) error {
	if cfg.Address == "" {
		return invalid("address", "this node needs an address that the others reach it at: make its directory with metalog init --peers")
	}
	seen := map[string]string{cfg.Address: cfg.NodeID}
	names := []string{cfg.NodeID}
	for _, p := range cfg.Peers {
		if slices.Contains(names, p.NodeID) {
			return invalid("peers", "two nodes are called %q: each needs a name of its own", p.NodeID)
		}
		if other, taken := seen[p.Address]; taken {
			return invalid("peers", "nodes %q and %q have the same address %s", other, p.NodeID, p.Address)
		}
		seen[p.Address], names = p.NodeID, append(names, p.NodeID)
	}
	return nil
}

// startOn starts the node on an open store.
func (s *session) startOn(ctx context.Context, protect *peerTLS) error {
	directories, err := s.disk.directories()
	if err != nil {
		return err
	}
	s.known = newKnown(directories, s.disk.keepDirectories)
	listener, err := listenPeers(ctx, s.cfg, protect, s.opts.Insecure)
	if err != nil {
		return err
	}
	s.port = &port{
		listener: listener, address: s.cfg.Address, tls: protect, others: s.known, log: s.log,
		me:     greeting{Cluster: s.cfg.ClusterID, Node: s.cfg.NodeID, Directory: s.cfg.Directory},
		nameOf: s.nameOf, onRefuse: s.onRefuse,
	}
	s.port.serve()
	s.peers = newPeers(s.port)
	s.fsm = newStateMachine(s.ctx, s.sm, s.end)
	s.fsm.onMembers, s.fsm.onRestore = s.onMembers, s.onRestore
	s.trans = raft.NewNetworkTransportWithConfig(&raft.NetworkTransportConfig{
		Stream: stream{lane: s.port.raft, port: s.port}, MaxPool: poolSize, Timeout: s.opts.peerTimeout(),
		MaxRPCsInFlight: s.opts.MaxRequestsInFlight, Logger: libraryLog(s.log, "transport"),
	})
	if err := s.startRaft(); err != nil {
		return err
	}
	s.server = s.serveMembers()
	s.work.Go(s.report)
	s.work.Go(s.ask)
	s.work.Go(s.watchDisk)
	return nil
}

func (s *session) startRaft() error {
	conf := s.opts.library(s.cfg.NodeID, libraryLog(s.log, "raft"))
	r, err := raft.NewRaft(conf, s.fsm, s.disk.logs, s.disk.store, s.disk.snapshots, s.trans)
	if err != nil {
		if broken := s.fsm.failure(); broken != nil {
			return broken // the library says it less well
		}
		return internal("start the node", err)
	}
	s.raft = r
	s.disk.store.started()
	if err := s.bootstrap(); err != nil {
		return err
	}
	s.onMembers(r.GetConfiguration().Configuration())
	return s.checkAddress()
}

// bootstrap gives a node of a new cluster its first members: all that init was
// told of, the same on each of them.
func (s *session) bootstrap() error {
	if s.cfg.Start != sdk.StartNew {
		return nil
	}
	err := s.raft.BootstrapCluster(firstMembers(s.cfg)).Error()
	if errors.Is(err, raft.ErrCantBootstrap) {
		return nil // an earlier Open, that didn't end well, came this far
	}
	if err != nil {
		return internal("make the first entry of the log", err)
	}
	return nil
}

// firstMembers are in the same order on every node.
func firstMembers(cfg sdk.Config) (first raft.Configuration) {
	for _, p := range append([]sdk.Peer{{NodeID: cfg.NodeID, Address: cfg.Address}}, cfg.Peers...) {
		first.Servers = append(first.Servers, raft.Server{ID: raft.ServerID(p.NodeID), Address: raft.ServerAddress(p.Address)})
	}
	slices.SortFunc(first.Servers, func(a, b raft.Server) int { return compareText(string(a.ID), string(b.ID)) })
	return first
}

// checkAddress refuses to run where the others don't look for this node.
func (s *session) checkAddress() error {
	m, ok := s.member(s.cfg.NodeID)
	if !ok || string(m.Address) == s.cfg.Address {
		return nil
	}
	return invalid("address", "the cluster reaches node %q at %s, not at %s: start it there, or remove the member and add it with its new address",
		s.cfg.NodeID, m.Address, s.cfg.Address)
}

// poolSize is how many idle connections to a member are kept.
const poolSize = 3

// peerTimeout bounds one request to a follower. One carries at most
// MaxAppendEntries entries of at most 1 MiB each.
func (o Options) peerTimeout() time.Duration {
	return min(max(10*time.Duration(o.HeartbeatTimeout), 2*time.Second), 10*time.Second)
}

// library is the options as the library takes them. DESIGN.md gives the reason
// for each.
func (o Options) library(node string, log hclogLogger) *raft.Config {
	c := raft.DefaultConfig()
	c.LocalID = raft.ServerID(node)
	c.HeartbeatTimeout = time.Duration(o.HeartbeatTimeout)
	c.ElectionTimeout = time.Duration(o.ElectionTimeout)
	c.LeaderLeaseTimeout = time.Duration(o.HeartbeatTimeout) / 2
	c.CommitTimeout = time.Duration(o.CommitTimeout)
	c.MaxAppendEntries = o.MaxAppendEntries
	c.SnapshotInterval = time.Duration(o.SnapshotInterval)
	c.SnapshotThreshold = uint64(o.SnapshotEntries)
	c.TrailingLogs = uint64(o.TrailingEntries)
	c.ShutdownOnRemove = false // a session ends when its host says so
	c.Logger = log
	c.NoLegacyTelemetry = true
	return c
}

// run waits for the end of the session and releases everything. Nil: it was
// closed.
func (s *session) run() error {
	<-s.ctx.Done()
	err := context.Cause(s.ctx)
	switch {
	case errors.Is(err, errOrderly):
		err = nil
	case sdk.Terminal(err): // the session's end says so, with its reason
		s.log.Error("the node ends its session for good", "error", err)
	default:
		s.log.Error("the node ends its session", "error", err)
		s.board.fail(err)
		s.tell()
	}
	return errors.Join(err, s.release())
}

// release stops what runs and closes what is open, in the opposite order. The
// port goes first: from then on nothing that isn't on disk can be promised.
func (s *session) release() error {
	var errs []error
	if s.trans != nil {
		errs = append(errs, s.trans.Close())
	}
	if s.port != nil {
		errs = append(errs, s.port.close())
	}
	if s.raft != nil {
		errs = append(errs, s.raft.Shutdown().Error())
	}
	if s.server != nil {
		s.server.Stop()
	}
	if s.peers != nil {
		s.peers.close()
	}
	s.mu.Lock()
	s.released = true
	s.mu.Unlock()
	s.work.Wait()
	return errors.Join(append(errs, s.disk.close())...)
}

// spawn runs f as part of the session. After its end f runs all the same, and
// finds everything closed.
func (s *session) spawn(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.released {
		go f()
		return
	}
	s.work.Go(f)
}

// watchDisk ends the session when the log can't be trusted any more, and shows a
// disk that is merely full.
func (s *session) watchDisk() {
	tick := time.NewTicker(reportEvery)
	defer tick.Stop()
	for {
		select {
		case err := <-s.disk.store.broken:
			s.end(err)
			return
		case <-tick.C:
			s.board.setFull(s.disk.store.trouble())
			if stalled := s.disk.stalls.stalled(); stalled > maxStall {
				s.end(fmt.Errorf("the disk has not finished a write for %s: another node is to lead", stalled.Round(time.Second)))
				return
			}
		case <-s.ctx.Done():
			return
		}
	}
}

// onRefuse ends a node whose name belongs to another directory, if it has never
// been a member with this one.
func (s *session) onRefuse(r *refusedError) {
	if r.replaced && r.by != "" {
		if s.cfg.Start == sdk.StartRestart {
			s.board.setStranger(r.Error())
			return
		}
		s.end(wrongData("%s", r.Error()))
	}
}

// onMembers is told of every committed configuration, in order.
func (s *session) onMembers(c raft.Configuration) {
	nodes := make([]string, 0, len(c.Servers))
	for _, m := range c.Servers {
		nodes = append(nodes, string(m.ID))
	}
	if len(nodes) == 0 {
		return
	}
	if err := s.known.setMembers(nodes); err != nil {
		s.end(err)
	}
	s.board.changed()
}

// onRestore follows a snapshot of another node's, not that of the own disk.
func (s *session) onRestore() {
	if !s.began.Load() {
		return
	}
	if err := s.known.reset(); err != nil {
		s.end(err)
	}
}
