package plugin_test

import (
	"context"
	"sync"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/plugin"
)

// forgetful is a backend of one node that keeps nothing: the smallest there is.
type forgetful struct {
	mu    sync.Mutex
	index uint64
	sm    sdk.StateMachine
}

func (f *forgetful) Open(_ context.Context, cfg sdk.Config, sm sdk.StateMachine) error {
	f.sm = sm
	sm.SetStatus(sdk.Status{CanPropose: true, Leader: cfg.NodeID, Health: sdk.HealthOK})
	return nil
}

func (f *forgetful) Propose(ctx context.Context, data []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.index++
	return f.sm.Apply(ctx, sdk.Entry{Index: f.index, Data: data})
}

func (*forgetful) Close(context.Context) error { return nil }

// A whole plugin: its main is one call.
func ExampleServe() {
	plugin.Serve(plugin.Spec{
		Name: "forgetful", Version: "0.1.0", DataFormat: 1,
		New: func() sdk.Backend { return &forgetful{} },
	})
}
