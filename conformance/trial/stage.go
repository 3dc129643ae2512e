package trial

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"github.com/chronik-stream/metalog/sdk"
)

// Stage is where one case is played: it owns the world, its directory and the
// sessions, and clears all of it away. One goroutine uses it; its sessions may
// be used by many.
type Stage struct {
	Target   Target
	Info     sdk.Info
	World    World
	Dir      string        // the case's own, for whatever it needs
	Patience time.Duration // for one call of the backend, and for what must come to pass
	Rand     *rand.Rand    // by the run's seed and the case's ID
	Logs     Logs
	Replay   string // a saved sequence to do instead of a random one; empty: none

	ledger   *ledger
	nodes    int
	worlds   []World // World, and what NewWorld has made
	machines []*Machine
	sessions []*Session
}

// Setting is what a Stage is made from.
type Setting struct {
	Target   Target
	Info     sdk.Info
	Dir      string // doesn't exist yet
	Seed     uint64
	Patience time.Duration // 0: DefaultPatience
	Replay   string        // see Stage.Replay
}

// DefaultPatience bounds one call of a backend. Nothing that a judge asks takes a
// sound one nearly as long.
const DefaultPatience = 10 * time.Second

// Play plays c and clears the stage. See Case.Run for what the error means; a
// panic of a backend in this process is one, too.
func Play(ctx context.Context, c Case, set Setting) (logs Logs, err error) {
	if err := os.MkdirAll(set.Dir, 0o700); err != nil {
		return NewLogs(), Harness(err)
	}
	s := &Stage{
		Target: set.Target, Info: set.Info, Dir: set.Dir, Patience: set.Patience, Replay: set.Replay,
		Rand: rand.New(rand.NewPCG(set.Seed, hashOf(c.ID))), Logs: NewLogs(), ledger: newLedger(), nodes: c.NodeCount(),
	}
	if s.Patience <= 0 {
		s.Patience = DefaultPatience
	}
	if s.World, err = s.NewWorld(ctx); err != nil {
		return s.Logs, err
	}
	err = s.run(ctx, c)
	return s.Logs, err
}

// NewWorld makes another world of as many nodes, with nothing in them. The stage
// closes it.
func (s *Stage) NewWorld(ctx context.Context) (World, error) {
	dir := filepath.Join(s.Dir, fmt.Sprintf("world%d", len(s.worlds)+1))
	w, err := s.Target.World(ctx, dir, s.nodes)
	if err != nil {
		return nil, Harness(fmt.Errorf("making the nodes: %w", err))
	}
	s.worlds = append(s.worlds, w)
	return w, nil
}

// Nodes are the names of the case's nodes.
func (s *Stage) Nodes() []string { return namesOf(s.nodes) }

func hashOf(id string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id))
	return h.Sum64()
}

// run plays the case; what the machines saw counts before what the case says,
// since it is the cause.
func (s *Stage) run(ctx context.Context, c Case) error {
	err := s.inTime(ctx, s.perform(ctx, c))
	ended := s.clear(context.WithoutCancel(ctx), err != nil)
	for _, m := range s.machines {
		if broken := m.Err(); broken != nil {
			return broken
		}
	}
	if err != nil {
		return err
	}
	return ended
}

// inTime makes an error of the suite's of one that only says that the case had no
// time left: what a backend promises about time is judged by Patience.
func (s *Stage) inTime(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil || IsHang(err) {
		return err
	}
	return Harness(fmt.Errorf("%w, and it couldn't be judged in that time; at the end: %w", context.Cause(ctx), err))
}

func (s *Stage) perform(ctx context.Context, c Case) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("a panic: %v\n%s", p, debug.Stack())
		}
	}()
	return c.Run(ctx, s)
}

// clear ends every session, then the world. After a failure nobody minds how.
func (s *Stage) clear(ctx context.Context, failed bool) error {
	errs := make([]error, len(s.sessions))
	var closing sync.WaitGroup // at once, so that several that hang take no longer than one
	for i, session := range s.sessions {
		closing.Go(func() {
			if err := session.Close(ctx); err != nil && !failed {
				errs[i] = fmt.Errorf("closing node %s at the end: %w", session.node, err)
			}
		})
	}
	closing.Wait()
	var left []error
	for _, w := range s.worlds {
		if err := w.Close(); err != nil {
			left = append(left, Harness(err))
		}
	}
	return errors.Join(errors.Join(errs...), errors.Join(left...))
}

// Lasting reports whether data outlives the sessions of all nodes.
func (s *Stage) Lasting() bool {
	return s.Info.Claims.Has(sdk.Durable) || s.Target.Offers(NeedLasting) == nil
}

// CanCompact reports whether the backend can be told to take a snapshot.
func (s *Stage) CanCompact() bool { return s.Info.Claims.Has(sdk.CanCompact) }

// Machine makes a host's state for node, with nothing in it.
func (s *Stage) Machine(node string) *Machine {
	m := newMachine(node, s.ledger)
	s.machines = append(s.machines, m)
	return m
}

// Start is Open for a new machine.
func (s *Stage) Start(ctx context.Context, node string) (*Session, error) {
	return s.Open(ctx, node, s.Machine(node))
}

// Open begins a session of node for m and opens it. The error names the node and
// keeps the backend's own.
func (s *Stage) Open(ctx context.Context, node string, m *Machine) (*Session, error) {
	return s.OpenWith(ctx, node, m, func(*sdk.Config) {})
}

// OpenWith is Open with a changed configuration. A single node of a replicated
// backend can be proposed to when it returns.
func (s *Stage) OpenWith(ctx context.Context, node string, m *Machine, change func(*sdk.Config)) (*Session, error) {
	session, err := s.Session(ctx, node, m)
	if err != nil {
		return nil, err
	}
	if err := session.Open(ctx, change); err != nil {
		return nil, fmt.Errorf("opening node %s: %w", node, err)
	}
	return session, s.Elected(ctx, session)
}

// Elected waits until a replicated backend of one node has made itself the leader,
// for which Open doesn't wait; or until it has ended. Cases that open a session
// themselves, and propose, call it.
func (s *Stage) Elected(ctx context.Context, n *Session) error {
	if s.nodes > 1 || !s.Info.Claims.Has(sdk.Replicated) {
		return nil
	}
	ctx, cancel := s.Within(ctx)
	defer cancel()
	alive, stop := n.Alive(ctx)
	defer stop()
	return n.Machine.Await(alive, "a status that it can propose", func() bool { return n.Machine.Status().CanPropose })
}

// Session makes one that isn't open yet.
func (s *Stage) Session(ctx context.Context, node string, m *Machine) (*Session, error) {
	var b sdk.Backend
	err := s.bounded(ctx, "starting node "+node, func(ctx context.Context) (err error) {
		b, err = s.World.Backend(ctx, node, s.Logs)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("starting node %s: %w", node, err)
	}
	session := &Session{stage: s, node: node, backend: b, Machine: m}
	s.sessions = append(s.sessions, session)
	return session, nil
}

// Within is a context for something that must come to pass.
func (s *Stage) Within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, s.Patience, fmt.Errorf("not within %v", s.Patience))
}

// grace is what a call gets to notice that its time is up.
const grace = 2 * time.Second

// bounded calls do, and comes back when its time is up whether do does or not: a
// backend that hangs costs a goroutine, and fails by name.
func (s *Stage) bounded(ctx context.Context, what string, do func(context.Context) error) error {
	ctx, cancel := s.Within(ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				done <- fmt.Errorf("%s panicked: %v\n%s", what, p, debug.Stack())
			}
		}()
		done <- do(ctx)
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	late := time.NewTimer(grace)
	defer late.Stop()
	select {
	case err := <-done:
		return err
	case <-late.C:
		return hangError{fmt.Sprintf("%s hangs: it didn't return within %v after its context had ended (%v)", what, grace, context.Cause(ctx))}
	}
}
