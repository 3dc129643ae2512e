package model_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/chronik-stream/metalog/conformance/model"
	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/inmem"
)

// steps is how long a sequence is about. That many meet most of each other, and
// still are read by a person.
const steps = 80

// Whatever is asked, in whatever order, a state alone answers as the model does.
func TestState(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		sequence := model.Sequences(steps).Draw(rt, "sequence")
		clock := &model.Clock{}
		require.NoError(rt, model.Run(t.Context(), sequence, clock, newBare(clock)))
	})
}

// So does a host over a log, be it closed, opened and compacted in between.
func TestHost(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		sequence := model.Sequences(steps/2).Draw(rt, "sequence")
		clock := &model.Clock{}
		node := &node{log: inmem.NewCluster(), clock: clock}
		require.NoError(rt, node.open(t.Context()))
		defer func() { require.NoError(rt, node.store.Close()) }()
		require.NoError(rt, model.Run(t.Context(), sequence, clock, newBare(clock), node))
	})
}

// bare is a state alone: there is nothing to restart or to compact.
type bare struct{ store *host.Bare }

func newBare(clock *model.Clock) bare { return bare{host.NewBare(host.WithClock(clock.Now))} }

func (b bare) Name() string                  { return "bare" }
func (b bare) Store() metadata.Store         { return b.store }
func (b bare) Digest() metadata.Digest       { return b.store.View().Digest() }
func (b bare) Restart(context.Context) error { return nil }
func (b bare) Compact(context.Context) error { return nil }

// node is a host whose log is in memory and outlives it.
type node struct {
	log   *inmem.Cluster
	clock *model.Clock
	store *host.Store
}

func (n *node) Name() string                      { return "host over inmem" }
func (n *node) Store() metadata.Store             { return n.store }
func (n *node) Digest() metadata.Digest           { return n.store.View().Digest() }
func (n *node) Compact(ctx context.Context) error { return n.store.Compact(ctx) }

func (n *node) Restart(ctx context.Context) error {
	if err := n.store.Close(); err != nil {
		return err
	}
	return n.open(ctx)
}

func (n *node) open(ctx context.Context) (err error) {
	n.store, err = host.Open(ctx, host.Config{
		ClusterID: "model", NodeID: "n1",
		Backend: func(context.Context) (sdk.Backend, error) { return n.log.Backend("n1"), nil },
	}, host.WithClock(n.clock.Now), host.WithCheckpoints(0))
	if err != nil {
		return err
	}
	return n.store.WaitReady(ctx)
}
