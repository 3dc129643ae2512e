package conformance_test

import (
	"context"

	"github.com/chronik-stream/metalog/conformance"
	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/inmem"
)

// unguarded is a backend in process without sdk.Guard: it looks at no directory.
type unguarded struct{ conformance.Target }

func (u unguarded) World(ctx context.Context, dir string, nodes int) (trial.World, error) {
	w, err := u.Target.World(ctx, dir, nodes)
	return openWorld{w}, err
}

type openWorld struct{ trial.World }

func (openWorld) Backend(context.Context, string, trial.Logs) (sdk.Backend, error) {
	return inmem.New(), nil
}
