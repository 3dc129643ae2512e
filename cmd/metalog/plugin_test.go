package main

import (
	"context"
	"sync"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/plugin"
)

// mini is somebody else's backend: it keeps nothing.
type mini struct {
	mu    sync.Mutex
	index uint64
	sm    sdk.StateMachine
}

func (m *mini) Open(_ context.Context, cfg sdk.Config, sm sdk.StateMachine) error {
	m.sm = sm
	sm.SetStatus(sdk.Status{CanPropose: true, Leader: cfg.NodeID, Health: sdk.HealthOK})
	return nil
}

func (m *mini) Propose(ctx context.Context, data []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.index++
	return m.sm.Apply(ctx, sdk.Entry{Index: m.index, Data: append([]byte(nil), data...)})
}

func (m *mini) Close(context.Context) error { return nil }

// serveMini is the main of a plugin whose data has that format.
func serveMini(format uint32) func() {
	return func() {
		plugin.Serve(plugin.Spec{
			Name: "mini", Version: "1.2.3", DataFormat: format,
			New: func() sdk.Backend { return &mini{} },
		})
	}
}

// serveLiar is the main of a plugin that changes a byte of every entry.
func serveLiar() {
	plugin.Serve(plugin.Spec{
		Name: "liar", Version: "0.0.1", DataFormat: 1,
		New: func() sdk.Backend { return &liar{} },
	})
}

type liar struct{ mini }

func (l *liar) Propose(ctx context.Context, data []byte) error {
	changed := append([]byte(nil), data...)
	if len(changed) > 0 {
		changed[0]++
	}
	return l.mini.Propose(ctx, changed)
}
