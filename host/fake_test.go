package host_test

import (
	"bytes"
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/sdk"
)

type hostConfig = host.Config

// Conditions of other goroutines are polled; the time is only what a failure
// costs.
const (
	waitFor = 10 * time.Second
	tick    = time.Millisecond
)

func failingOpener(err error) host.Opener {
	return func(context.Context) (sdk.Backend, error) { return nil, err }
}

// open opens a store that is closed with the test.
func open(t *testing.T, cfg host.Config, opts ...host.Option) (*host.Store, error) {
	t.Helper()
	s, err := host.Open(t.Context(), cfg, opts...)
	if err == nil {
		t.Cleanup(func() { require.NoError(t, s.Close()) })
	}
	return s, err
}

// backend is a session that does what a test says: what is proposed goes to
// propose, and the test delivers through sm.
type backend struct {
	sm      sdk.StateMachine
	cfg     sdk.Config
	claims  sdk.Claims
	status  *sdk.Status // sent by Open; nil: none
	onOpen  func(b *backend) error
	propose func(b *backend, data []byte) error

	done chan struct{}
	once sync.Once
	err  error

	mu      sync.Mutex
	index   uint64
	entries []sdk.Entry // delivered
	closed  bool
}

func newBackend(propose func(*backend, []byte) error) *backend {
	return &backend{propose: propose, done: make(chan struct{})}
}

func (b *backend) Info() sdk.Info { return sdk.Info{Name: "fake", Claims: b.claims} }

func (b *backend) Open(_ context.Context, cfg sdk.Config, sm sdk.StateMachine) error {
	b.cfg, b.sm = cfg, sm
	if b.status != nil {
		sm.SetStatus(*b.status)
	}
	if b.onOpen != nil {
		return b.onOpen(b)
	}
	return nil
}

func (b *backend) Propose(_ context.Context, data []byte) error { return b.propose(b, data) }

func (b *backend) Close(context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	return nil
}

func (b *backend) isClosed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.closed
}

func (b *backend) Done() <-chan struct{} { return b.done }
func (b *backend) Err() error            { return b.err }

// end is a crash.
func (b *backend) end(err error) { b.once.Do(func() { b.err = err; close(b.done) }) }

// deliver hands entries over in one call, at the next indexes.
func (b *backend) deliver(data ...[]byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var batch []sdk.Entry
	for _, d := range data {
		b.index++
		batch = append(batch, sdk.Entry{Index: b.index, Data: bytes.Clone(d)})
	}
	b.entries = append(b.entries, batch...)
	return b.sm.Apply(context.Background(), batch...)
}

func (b *backend) delivered() []sdk.Entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.entries
}

// echo delivers whatever is proposed, at once.
func echo(b *backend, data []byte) error { return b.deliver(data) }
