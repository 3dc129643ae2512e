// Command thirdparty is a whole plugin, as somebody else would write one: it
// orders entries in memory, for one node, and forgets them.
package main

import (
	"bytes"
	"context"
	"sync"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/plugin"
)

type backend struct {
	mu    sync.Mutex
	sm    sdk.StateMachine
	index uint64
}

func (b *backend) Open(_ context.Context, _ sdk.Config, sm sdk.StateMachine) error {
	b.sm = sm
	sm.SetStatus(sdk.Status{CanPropose: true, Health: sdk.HealthOK})
	return nil
}

func (b *backend) Propose(_ context.Context, data []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.index++
	return b.sm.Apply(context.Background(), sdk.Entry{Index: b.index, Data: bytes.Clone(data)})
}

func (b *backend) Close(context.Context) error { return nil }

func main() {
	plugin.Serve(plugin.Spec{Name: "thirdparty", Version: "1.0.0", DataFormat: 1,
		New: func() sdk.Backend { return &backend{} }})
}
