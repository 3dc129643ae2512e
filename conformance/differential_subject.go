package conformance

import (
	"context"
	"errors"
	"fmt"

	"github.com/chronik-stream/metalog/conformance/model"
	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

var (
	_ model.Subject = bareSubject{}
	_ model.Retrier = (*subject)(nil)
)

// bareSubject is a state alone: there is nothing to restart or to compact.
type bareSubject struct{ store *host.Bare }

func (b bareSubject) Name() string                  { return "bare" }
func (b bareSubject) Store() metadata.Store         { return b.store }
func (b bareSubject) Digest() metadata.Digest       { return b.store.View().Digest() }
func (b bareSubject) Restart(context.Context) error { return nil }
func (b bareSubject) Compact(context.Context) error { return nil }

// subject is the hosts of one world. What is asked of it is asked of the first.
type subject struct {
	name     string
	clock    *model.Clock // of all subjects; set before open
	world    trial.World
	nodes    []string
	logs     trial.Logs
	lasting  bool // its data outlives its sessions
	compacts bool

	target StoryTarget
}

func newSubject(name string, w trial.World, nodes []string, logs trial.Logs, lasting, compacts bool) *subject {
	return &subject{name: name, world: w, nodes: nodes, logs: logs, lasting: lasting, compacts: compacts}
}

func (s *subject) Name() string            { return s.name }
func (s *subject) Store() metadata.Store   { return s.target.Store }
func (s *subject) Digest() metadata.Digest { return s.target.Digest() }

// Retry says that a write whose outcome isn't known, or that nobody took, is to be
// made again.
func (s *subject) Retry(err error) bool {
	return errors.Is(err, sdk.ErrOutcomeUnknown) || errors.Is(err, sdk.ErrNotAppended)
}

func (s *subject) open(ctx context.Context) (err error) {
	var nodes []host.Config
	for _, node := range s.nodes {
		nodes = append(nodes, hostConfig(s.world, node, s.logs))
	}
	s.target, err = openCluster(ctx, nodes, s.options())
	return err
}

func (s *subject) options() []host.Option {
	return []host.Option{host.WithClock(s.clock.Now), host.WithCheckpoints(0)}
}

func (s *subject) close() error {
	if s.target.Close == nil {
		return nil
	}
	return s.target.close(context.Background())
}

// Restart closes and opens all nodes, where that loses nothing.
func (s *subject) Restart(ctx context.Context) error {
	if !s.lasting {
		return nil
	}
	if err := s.close(); err != nil {
		return err
	}
	return s.open(ctx)
}

// Compact has every node take a snapshot, where it can.
func (s *subject) Compact(ctx context.Context) error {
	if !s.compacts {
		return nil
	}
	for i, store := range s.stores() {
		if err := store.Compact(ctx); err != nil {
			return fmt.Errorf("node %s: %w", s.nodes[i], err)
		}
	}
	return nil
}

func (s *subject) stores() []*host.Store { return storesOf(s.target) }

// storesOf are the hosts of a target that openCluster has made.
func storesOf(t StoryTarget) []*host.Store {
	stores := []*host.Store{t.Store.(*host.Store)}
	for _, f := range t.Followers {
		stores = append(stores, f.Store.(*host.Store))
	}
	return stores
}
