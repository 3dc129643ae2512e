package dragonboat

import (
	"context"
	"errors"

	library "github.com/lni/dragonboat/v4"
	"github.com/lni/dragonboat/v4/raftio"
	"github.com/lni/dragonboat/v4/statemachine"
	"golang.org/x/sync/semaphore"

	"github.com/chronik-stream/metalog/internal/membership"
	"github.com/chronik-stream/metalog/internal/options"
	"github.com/chronik-stream/metalog/internal/peerport"
	"github.com/chronik-stream/metalog/sdk"
)

// start opens everything, in the order that errors are most useful in. After an
// error nothing is left.
func start(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine, seam seams) (_ *session, err error) {
	s := &session{
		cfg: cfg, host: sm, log: cfg.Logger, board: membership.NewBoard(),
		moved: make(chan struct{}, 1), changes: semaphore.NewWeighted(1), compact: semaphore.NewWeighted(1),
	}
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
	s.trouble = newTrouble(s.ctx, s.end, s.board.SetFull, s.log)
	s.machine = &stateMachine{host: sm, ctx: s.ctx, end: s.end}
	if s.disk, err = openDisk(cfg, s.trouble); err != nil {
		s.end(err)
		return nil, err
	}
	if seam.disk != nil {
		s.disk.files.disk = seam.disk(s.disk.files.disk)
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
	s.work.Go(s.report)
	s.work.Go(s.keepRoll)
	s.work.Go(func() { s.seat.Ask(s.newcomer) })
	s.work.Go(func() { s.seat.BoundLog(s, s.opts.SnapshotBytes) })
	return s, nil
}

// startOn starts the node on an open disk.
func (s *session) startOn(ctx context.Context, protect *peerport.TLS) (err error) {
	if s.known, err = s.disk.log.known(); err != nil {
		return err
	}
	listener, err := peerport.Listen(ctx, s.cfg, protect, s.opts.Insecure)
	if err != nil {
		return err
	}
	s.seat = &membership.Seat{
		Library: s, Config: s.cfg, Log: s.log, Board: s.board, Known: s.known, Context: s.ctx, End: s.end,
		Election: s.opts.electionTime(), Patience: s.opts.patience(),
	}
	s.port = peerport.Serve(peerport.Options{
		Listener: listener, Address: s.cfg.Address, TLS: protect, Others: s.known, Log: s.log,
		Me:     peerport.Greeting{Cluster: s.cfg.ClusterID, Node: s.cfg.NodeID, Directory: s.cfg.Directory},
		Kinds:  []peerport.Kind{kindMessages, kindSnapshots, kindPeer},
		NameOf: s.nameOf, OnRefuse: s.seat.OnRefuse,
	})
	s.peers = peerport.NewPeers(s.port, kindPeer, membership.MaxMessage)
	s.seat.Peers = s.peers
	s.server = s.serveMembers()
	bridgeLogs(s.log)
	conf := s.opts.hostConfig(s.cfg, s.disk)
	conf.RaftAddress = targetOf(sdk.Peer{NodeID: s.cfg.NodeID, Address: s.cfg.Address})
	conf.Expert.TransportFactory = transportFactory{newTransport(s.port, s.log, s.disk.log.stored)}
	told := events{leader: s.onLeader, members: s.onMembers, changed: s.board.Changed}
	conf.RaftEventListener, conf.SystemEventListener = told, told
	if s.node, err = library.NewNodeHost(conf); err != nil {
		return membership.Internal("start the node", err)
	}
	return s.startReplica()
}

// startReplica starts this node's replica, if the node has a number already. A new
// member has to be told its own; see ask.
func (s *session) startReplica() error {
	number, found, err := s.disk.log.replica()
	if err != nil {
		return err
	}
	first := map[uint64]string(nil)
	switch {
	case s.cfg.Start == sdk.StartNew:
		number, first = firstReplica(s.cfg.NodeID), firstMembers(s.cfg)
		if len(first) != len(s.cfg.Peers)+1 {
			return options.Invalid("node_id", "two of these nodes have the same number by their names: rename one")
		}
		if !found {
			err = s.disk.log.setReplica(number)
		}
	case !found:
		return nil
	}
	if err != nil {
		return membership.Internal("note the node's number", err)
	}
	return s.startAs(number, first)
}

// joinAs starts the replica of a new member under the number that the cluster knows
// it by.
func (s *session) joinAs(number uint64) error {
	if err := s.disk.log.setReplica(number); err != nil {
		return membership.Internal("note the node's number", err)
	}
	return s.startAs(number, nil)
}

// startAs starts the replica, of a member that joins unless it is one of the first.
func (s *session) startAs(number uint64, first map[uint64]string) error {
	join := first == nil
	if s.disk.log.bootstrapped() {
		first, join = nil, false
	}
	learner, err := s.disk.log.startsAsLearner(number, join)
	if err != nil {
		return err
	}
	started := make(chan error, 1)
	go func() { // until the library is done, or for good where it is held
		machine := func(uint64, uint64) statemachine.IConcurrentStateMachine { return s.machine }
		started <- s.node.StartConcurrentReplica(first, join, machine, s.opts.replicaConfig(number, learner))
	}()
	select {
	case err = <-started:
	case <-s.trouble.stuck:
		return context.Cause(s.ctx)
	}
	if err != nil {
		return membership.Internal("start the replica", err)
	}
	s.number.Store(number)
	s.board.Changed()
	return nil
}

// firstMembers are those that init was told of, the same on each of them.
func firstMembers(cfg sdk.Config) map[uint64]string {
	first := map[uint64]string{}
	for _, p := range append([]sdk.Peer{{NodeID: cfg.NodeID, Address: cfg.Address}}, cfg.Peers...) {
		first[firstReplica(p.NodeID)] = targetOf(p)
	}
	return first
}

// bootstrapped reports whether the library has ever started the replica.
func (d *logDB) bootstrapped() bool {
	_, err := d.GetBootstrapInfo(0, 0)
	return !errors.Is(err, raftio.ErrNoBootstrapInfo)
}

// startsAsLearner is the role that the library begins with, before it has read the
// changes since. It takes no other: a voter that finds itself a learner ends it.
func (d *logDB) startsAsLearner(number uint64, join bool) (bool, error) {
	if join {
		return addedAsLearner(number), nil
	}
	if newest := d.newest; newest.Index > 0 {
		_, voter := newest.Membership.Addresses[number]
		return !voter, nil
	}
	b, err := d.GetBootstrapInfo(0, 0)
	if errors.Is(err, raftio.ErrNoBootstrapInfo) {
		return false, nil
	}
	return b.Join && addedAsLearner(number), err
}
