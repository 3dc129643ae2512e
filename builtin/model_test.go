package builtin_test

import (
	"context"
	"flag"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/builtin"
	"github.com/chronik-stream/metalog/conformance/model"
	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/plugins/local"
	"github.com/chronik-stream/metalog/sdk"
)

var sequences = flag.Int("sequences", 2, "how many random sequences are done on a disk; make soak does more")

// TestModel holds the contract's model against what keeps its state on disk, in
// this process and in one of its own, closed, opened and compacted in between.
// conformance/model does the same in memory, and shrinks what fails.
func TestModel(t *testing.T) {
	if testing.Short() {
		t.Skip("not shown: that local, in a process of its own, does as the model does (a process and a disk for every sequence)")
	}
	t.Setenv("TMPDIR", runDir(t))
	for seed := range *sequences {
		sequence := model.Sequences(200).Example(seed)
		clock := &model.Clock{}
		err := model.Run(t.Context(), sequence, clock,
			bareSubject{host.NewBare(host.WithClock(clock.Now))},
			openSubject(t, "local in process", clock, inProcess),
			openSubject(t, "local", clock, builtin.Open("local")))
		require.NoErrorf(t, err, "sequence %d:\n%s", seed, sequence)
	}
}

func inProcess(context.Context) (sdk.Backend, error) {
	return sdk.Guard(local.New(), sdk.Identity{Plugin: local.Name, DataFormat: local.DataFormat}), nil
}

// bareSubject is a state alone: there is nothing to restart or to compact.
type bareSubject struct{ store *host.Bare }

func (b bareSubject) Name() string                  { return "bare" }
func (b bareSubject) Store() metadata.Store         { return b.store }
func (b bareSubject) Digest() metadata.Digest       { return b.store.View().Digest() }
func (b bareSubject) Restart(context.Context) error { return nil }
func (b bareSubject) Compact(context.Context) error { return nil }

// subject is a host whose state is on disk and outlives it.
type subject struct {
	name   string
	clock  *model.Clock
	opener host.Opener
	dir    string
	store  *host.Store
}

// openSubject opens one in a directory of its own. It is closed when the test
// ends.
func openSubject(t *testing.T, name string, clock *model.Clock, opener host.Opener) *subject {
	t.Helper()
	s := &subject{name: name, clock: clock, opener: opener, dir: t.TempDir()}
	t.Cleanup(func() {
		if s.store != nil {
			require.NoError(t, s.store.Close())
		}
	})
	require.NoError(t, s.open(t.Context()))
	return s
}

func (s *subject) Name() string                      { return s.name }
func (s *subject) Store() metadata.Store             { return s.store }
func (s *subject) Digest() metadata.Digest           { return s.store.View().Digest() }
func (s *subject) Compact(ctx context.Context) error { return s.store.Compact(ctx) }

func (s *subject) Restart(ctx context.Context) error {
	if err := s.store.Close(); err != nil {
		return err
	}
	return s.open(ctx)
}

func (s *subject) open(ctx context.Context) (err error) {
	s.store, err = host.Open(ctx, host.Config{
		ClusterID: "model", NodeID: "n1", DataDir: s.dir, Backend: s.opener,
	}, host.WithClock(s.clock.Now), host.WithCheckpoints(0))
	if err != nil {
		return err
	}
	return s.store.WaitReady(ctx)
}
