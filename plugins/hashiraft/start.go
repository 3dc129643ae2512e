package hashiraft

import (
	"context"
	"errors"
	"slices"

	"github.com/hashicorp/raft"

	"github.com/chronik-stream/metalog/internal/membership"
	"github.com/chronik-stream/metalog/internal/options"
	"github.com/chronik-stream/metalog/internal/peerport"
	"github.com/chronik-stream/metalog/sdk"
)

// start opens everything, in the order that errors are most useful in. After an
// error nothing is left.
func start(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine, seam seams) (_ *session, err error) {
	s := &session{cfg: cfg, sm: sm, log: cfg.Logger, rounds: newRounds(), board: membership.NewBoard()}
	if s.opts, err = parseOptions(cfg.Options); err != nil {
		return nil, err
	}
	protect, err := s.opts.peerTLS(s.log)
	if err != nil {
		return nil, err
	}
	if err := peerport.CheckAddresses(cfg); err != nil {
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
		err = membership.GaveUp(ctx, "open", sdk.NotAppended)
	}
	if err != nil {
		s.end(err)
		return nil, errors.Join(err, s.release())
	}
	s.tell()
	return s, nil
}

// startOn starts the node on an open store.
func (s *session) startOn(ctx context.Context, protect *peerport.TLS) (err error) {
	if s.known, err = s.disk.known(); err != nil {
		return err
	}
	listener, err := peerport.Listen(ctx, s.cfg, protect, s.opts.Insecure)
	if err != nil {
		return err
	}
	s.seat = &membership.Seat{
		Library: s, Config: s.cfg, Log: s.log, Board: s.board, Known: s.known, Context: s.ctx, End: s.end,
		Election: s.electionTime(), Patience: 2 * s.electionTime(),
	}
	s.port = peerport.Serve(peerport.Options{
		Listener: listener, Address: s.cfg.Address, TLS: protect, Others: s.known, Log: s.log,
		Me:    peerport.Greeting{Cluster: s.cfg.ClusterID, Node: s.cfg.NodeID, Directory: s.cfg.Directory},
		Kinds: []peerport.Kind{kindRaft, kindPeer}, NameOf: s.nameOf, OnRefuse: s.seat.OnRefuse,
	})
	s.peers = peerport.NewPeers(s.port, kindPeer, membership.MaxMessage)
	s.seat.Peers = s.peers
	s.fsm = newStateMachine(s.ctx, s.sm, s.end)
	s.fsm.onMembers, s.fsm.onRestore = s.onMembers, s.onRestore
	s.trans = raft.NewNetworkTransportWithConfig(&raft.NetworkTransportConfig{
		Stream: streamOf(s.port), MaxPool: poolSize, Timeout: s.opts.peerTimeout(),
		MaxRPCsInFlight: s.opts.MaxRequestsInFlight, Logger: libraryLog(s.log, "transport"),
	})
	if err := s.startRaft(); err != nil {
		return err
	}
	s.server = s.serveMembers()
	s.work.Go(s.report)
	s.work.Go(func() { s.seat.Ask(nil) })
	s.work.Go(s.watchDisk)
	s.work.Go(func() { s.seat.BoundLog(s, s.opts.SnapshotBytes) })
	return nil
}

func (s *session) startRaft() error {
	conf := s.opts.library(s.cfg.NodeID, libraryLog(s.log, "raft"))
	if err := s.bootstrap(conf); err != nil {
		return err
	}
	r, err := raft.NewRaft(conf, s.fsm, s.disk.logs, s.disk.store, s.disk.snapshots, s.trans)
	if err != nil {
		if broken := s.fsm.failure(); broken != nil {
			return broken // the library says it less well
		}
		return membership.Internal("start the node", err)
	}
	s.raft = r
	s.disk.store.started()
	s.known.Expect(membership.Names(s.Members()))
	return s.checkAddress()
}

// bootstrap gives a node of a new cluster its first members: all that init was
// told of, the same on each of them. It comes before the library runs, which
// would end its own goroutine, and answer nobody, where the disk fails.
func (s *session) bootstrap(conf *raft.Config) error {
	if s.cfg.Start != sdk.StartNew {
		return nil
	}
	first := firstMembers(s.cfg)
	err := raft.BootstrapCluster(conf, s.disk.logs, s.disk.store, s.disk.snapshots, s.trans, first)
	if errors.Is(err, raft.ErrCantBootstrap) { // an earlier Open, that didn't end well, came this far
		err = s.finishBootstrap(first)
	}
	if err != nil {
		return membership.Internal("make the first entry of the log", err)
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

// finishBootstrap stores the first entry if the earlier Open ended between the
// term and that: without it the node would have no members, for ever.
func (s *session) finishBootstrap(first raft.Configuration) error {
	if last, err := s.disk.store.LastIndex(); err != nil || last > 0 || s.disk.store.newest.index() > 0 {
		return err
	}
	return s.disk.logs.StoreLog(&raft.Log{Index: 1, Term: 1, Type: raft.LogConfiguration, Data: raft.EncodeConfiguration(first)})
}

// checkAddress refuses to run where the others don't look for this node.
func (s *session) checkAddress() error {
	m, ok := s.member(s.cfg.NodeID)
	if !ok || m.Address == s.cfg.Address {
		return nil
	}
	return options.Invalid("address", "the cluster reaches node %q at %s, not at %s: start it there, or remove the member and add it with its new address",
		s.cfg.NodeID, m.Address, s.cfg.Address)
}
