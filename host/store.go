package host

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// drainTimeout is how long Close waits for writes that are under way.
const drainTimeout = 3 * time.Second

// Store is metadata served by one node over a backend. It is a metadata.Store;
// every method may be called by many goroutines at once.
type Store struct {
	nouns
	cfg    Config
	seams  seams
	board  *board
	bench  *bench
	peers  *peers
	feed   *feed
	writer *writer
	reader *reader
	life   *life
	orders *orders
	pump   sync.WaitGroup // wakes watchers

	closing sync.Once
}

// Open starts the backend and returns once its first session is open; its error
// is why that failed, and then nothing is left running. The node may still be
// recovering: writes wait for that, reads are refused with
// metadata.ErrUnavailable. Use WaitReady to wait for it.
//
// ctx bounds Open alone. Close the Store to end it.
func Open(ctx context.Context, cfg Config, opts ...Option) (*Store, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	s := newStore(cfg, newSeams(opts))
	if err := s.life.start(ctx); err != nil {
		return nil, err
	}
	s.pump.Go(func() { s.feed.pump(s.life.phases.over) })
	return s, nil
}

// store is the seam: a writer and a reader.
type store struct {
	*writer
	*reader
	self Node
	soft *watermarks
}

func (s store) id() [16]byte { return s.newID() }

func (s store) watermarks() *watermarks { return s.soft }

// present waits as a write does.
func (s store) present(ctx context.Context) (*metadata.State, error) {
	if err := s.open(ctx); err != nil {
		return nil, err
	}
	v := s.writer.board.latest.Load()
	if v.half != nil {
		return nil, v.shut()
	}
	return v.state, nil
}

func (s store) shut() error { return s.writer.board.latest.Load().shut() }

// builds are this node's and those of the announced nodes that are still members.
func (s store) builds() []Node {
	own := s.self
	own.NodeID = ownBuild
	out := []Node{own}
	for _, n := range s.writer.board.latest.Load().directory.nodes() {
		if n.NodeID != s.self.NodeID && s.peers.isMember(n.NodeID) {
			out = append(out, n)
		}
	}
	return out
}

// ownBuild is what a refusal calls the build that refuses, in every store alike.
const ownBuild = "this node's build"

// newStore puts the parts together; nothing runs yet.
func newStore(cfg Config, seams seams) *Store {
	var (
		board   = newBoard(&view{state: metadata.Genesis()})
		peers   = newPeers(cfg.NodeID, seams.now)
		waiters = newWaiters()
		own     = newOwnEntries()
		queue   = newQueue()
		feed    = newFeed()
		replica = newReplica(cfg.NodeID, board, waiters, own, peers, feed)
		author  = &author{node: cfg.NodeID, now: seams.now, newID: seams.newID, board: board}
		rounds  = newRounds()
		soft    = newWatermarks()
	)
	proposer := &proposer{queue: queue, waiters: waiters, author: author, log: seams.logger}
	prover := &prover{own: own, author: author}
	barrier := &barrier{rounds: rounds, own: own, author: author, replica: replica}
	keeper := &keeper{
		self: announced(cfg), own: own, author: author, board: board,
		peers: peers, replica: replica, log: seams.logger,
	}
	reader := &reader{board: board, bench: replica.bench, rounds: rounds}
	writer := &writer{
		now: seams.now, newID: seams.newID, board: board, peers: peers,
		bench: replica.bench, queue: queue, waiters: waiters, replica: replica,
	}
	checkpointer := &checkpointer{every: seams.checkpoints, marks: soft, board: board, writer: writer, log: seams.logger}
	life := newLife(cfg, seams.logger, replica.bench, hooks{
		applied: func() uint64 { return board.latest.Load().index },
		begin: func(s *session) sdk.StateMachine {
			reader.serve(s)
			replica.begin(s)
			return &machine{replica: replica, session: s}
		},
		status: func(st sdk.Status) { peers.setMembers(st.Members) },
		prove: func(ctx context.Context, s *session) error {
			err := prover.prove(ctx, s)
			if err == nil {
				writer.recovered(s)
			}
			return err
		},
		serve: append(slices.Repeat([]task{proposer.run}, proposers), keeper.run, barrier.run, checkpointer.run),
	})
	reader.phases, writer.phases = life.phases, life.phases
	life.hooks.concluded = writer.abandon
	s := &Store{
		nouns: nouns{store{writer, reader, announced(cfg), soft}}, cfg: cfg, seams: seams, board: board,
		bench: replica.bench, peers: peers, feed: feed, writer: writer, reader: reader, life: life,
	}
	s.orders = &orders{own: own, author: author, writer: writer, current: s.current}
	return s
}

// announced is what other nodes hear of this one.
func announced(cfg Config) Node {
	low, high := metadata.FeatureLevels()
	return Node{NodeID: cfg.NodeID, APIAddress: cfg.APIAddress, Version: cfg.Version, FeatureMin: low, FeatureMax: high}
}

// View is the latest state: immutable, and consistent over all that is read
// from it. It is nil while the node serves no reads, because it has never been
// ready or because it is quarantined.
func (s *Store) View() *metadata.State {
	state, _, err := s.reader.read(context.Background(), metadata.ReadOptions{})
	if err != nil {
		return nil
	}
	return state
}

// WaitReady returns once the node has been ready, and an error that matches
// metadata.ErrUnavailable if ctx ends first or the node has stopped for good.
func (s *Store) WaitReady(ctx context.Context) error { return s.reader.waitReady(ctx) }

// Close refuses new writes, waits a moment for those under way, closes the
// backend and returns when nothing of the Store runs any more. Writes that have
// no answer by then get an unknown outcome. A second call waits for the first.
func (s *Store) Close() error {
	s.closing.Do(func() {
		s.life.phases.drain()
		ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
		defer cancel()
		s.writer.drain(ctx)
		s.life.end()
		s.writer.abandon()
		s.life.phases.conclude(PhaseStopped, "")
		s.pump.Wait()
	})
	return nil
}
