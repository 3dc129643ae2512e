package plugin_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/plugin"
)

// stuck is a backend whose proposals wait until they are told to leave.
type stuck struct {
	echo
	entered chan struct{}
	left    chan error // why each one left
}

func newStuck() *stuck {
	s := &stuck{entered: make(chan struct{}, 1), left: make(chan error, 1)}
	s.onPropose = func(ctx context.Context, _ []byte) error {
		s.entered <- struct{}{}
		<-ctx.Done()
		s.left <- ctx.Err()
		return ctx.Err()
	}
	return s
}

func TestBytesArriveAsProposed(t *testing.T) {
	b, m := &echo{}, newMachine()
	w := newWall(t, b, nil, plugin.ProxyConfig{})
	w.open(t, m)
	largest := make([]byte, sdk.MaxEntrySize)
	largest[0], largest[len(largest)-1] = 1, 2
	for i, data := range [][]byte{{}, nil, []byte("x"), {0, 255}, largest} {
		require.NoError(t, w.proxy.Propose(t.Context(), data))
		require.NoError(t, m.until(t.Context(), func(m *machine) bool { return len(m.calls) == i+1 }))
		require.Equal(t, string(data), m.calls[i].data)
	}
}

func TestWhatTheBackendSaysOfAProposalComesBack(t *testing.T) {
	var answer error
	b := &echo{onPropose: func(context.Context, []byte) error { return answer }}
	w := newWall(t, b, nil, plugin.ProxyConfig{})
	w.open(t, newMachine())
	for _, answer = range []error{
		&sdk.Error{Reason: sdk.ReasonNoQuorum, Outcome: sdk.NotAppended, Message: "no leader"},
		&sdk.Error{Reason: sdk.ReasonOverloaded, Outcome: sdk.NotAppended, Message: "later", RetryAfter: time.Second},
		&sdk.Error{Reason: sdk.ReasonTimeout, Message: "no answer"},
		&sdk.Error{Reason: sdk.ReasonInternal, Message: "what"},
	} {
		require.Equal(t, answer, w.proxy.Propose(t.Context(), nil))
	}
	answer = errBoom
	err := w.proxy.Propose(t.Context(), nil)
	require.ErrorIs(t, err, sdk.ErrOutcomeUnknown)
	require.ErrorContains(t, err, "boom")
}

// The text of an error must not cost what it says of the outcome: a path, say,
// can be any bytes.
func TestTextOfAnyKindComesBack(t *testing.T) {
	b := &echo{}
	w := newWall(t, b, nil, plugin.ProxyConfig{})
	w.open(t, newMachine())
	for name, message := range map[string]string{
		"not UTF-8": "open /data/\xff: no such file",
		"endless":   strings.Repeat("x", 9<<20),
	} {
		b.onPropose = func(context.Context, []byte) error {
			return &sdk.Error{Reason: sdk.ReasonNoQuorum, Outcome: sdk.NotAppended, Message: message}
		}
		err := w.proxy.Propose(t.Context(), nil)
		require.ErrorIs(t, err, sdk.ErrNoQuorum, name)
		require.ErrorIs(t, err, sdk.ErrNotAppended, name)
		require.Contains(t, err.Error(), message[:10])
		b.sm.SetStatus(sdk.Status{Health: sdk.HealthOK, Reason: message, Details: map[string]string{message: message}})
	}
	require.NoError(t, w.proxy.Close(t.Context()))
}

func TestADirectoryWithoutATextualNameIsRefused(t *testing.T) {
	w := newWall(t, &echo{}, nil, plugin.ProxyConfig{})
	err := w.proxy.Open(t.Context(), sdk.Config{NodeID: "n1", DataDir: "/data/\xff"}, newMachine())
	require.ErrorIs(t, err, sdk.ErrInvalidConfig)
	require.ErrorContains(t, err, "data_dir")
}

func TestAnOversizedEntryDoesNotTravel(t *testing.T) {
	w := newWall(t, &echo{}, nil, plugin.ProxyConfig{})
	w.open(t, newMachine())
	err := w.proxy.Propose(t.Context(), make([]byte, sdk.MaxEntrySize+1))
	require.ErrorIs(t, err, sdk.ErrTooLarge)
	require.ErrorIs(t, err, sdk.ErrNotAppended)
}

func TestACallerThatLeavesIsToldWhatIsKnown(t *testing.T) {
	b := newStuck()
	w := newWall(t, b, nil, plugin.ProxyConfig{})
	w.open(t, newMachine())

	gone, leave := context.WithCancel(t.Context())
	leave()
	err := w.proxy.Propose(gone, nil)
	require.ErrorIs(t, err, sdk.ErrTimeout)
	require.ErrorIs(t, err, sdk.ErrNotAppended, "it was never sent")

	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-b.entered; cancel() }()
	err = w.proxy.Propose(ctx, nil)
	require.ErrorIs(t, err, sdk.ErrTimeout)
	require.ErrorIs(t, err, sdk.ErrOutcomeUnknown)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, <-b.left, context.Canceled, "the backend hears of it")

	ctx, cancel = context.WithCancel(t.Context())
	go func() { <-b.entered; cancel() }()
	err = w.proxy.Propose(late{ctx}, nil)
	require.ErrorIs(t, err, sdk.ErrTimeout)
	require.ErrorIs(t, err, sdk.ErrOutcomeUnknown)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Error(t, <-b.left)
}

// late is a context whose time is up when the one within it is cancelled.
type late struct{ context.Context }

func (l late) Err() error {
	if l.Context.Err() == nil {
		return nil
	}
	return context.DeadlineExceeded
}

func TestAPluginThatDiesLeavesProposalsUnknown(t *testing.T) {
	b := newStuck()
	w := newWall(t, b, nil, plugin.ProxyConfig{})
	require.ErrorIs(t, w.proxy.Propose(t.Context(), nil), sdk.ErrNotAppended, "not open yet")
	w.open(t, newMachine())
	answer := make(chan error)
	go func() { answer <- w.proxy.Propose(context.Background(), nil) }()
	<-b.entered
	w.server.Stop()
	err := <-answer
	require.ErrorIs(t, err, sdk.ErrClosed)
	require.ErrorIs(t, err, sdk.ErrOutcomeUnknown)
	require.NotErrorIs(t, err, sdk.ErrNotAppended)
	require.ErrorIs(t, w.over(t), sdk.ErrClosed)
	require.False(t, sdk.Terminal(w.proxy.Err()))

	err = w.proxy.Propose(t.Context(), nil)
	require.ErrorIs(t, err, sdk.ErrClosed)
	require.ErrorIs(t, err, sdk.ErrNotAppended, "nothing was sent any more")
	require.NotErrorIs(t, err, sdk.ErrOutcomeUnknown)
}

func TestManyProposalsAtOnceAreBounded(t *testing.T) {
	const callers, limit = 10_000, 64
	var now, most, ok, overloaded atomic.Int64
	b := &echo{}
	b.onPropose = func(context.Context, []byte) error {
		n := now.Add(1)
		defer now.Add(-1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		return nil
	}
	w := newWall(t, b, nil, plugin.ProxyConfig{MaxProposals: limit})
	w.open(t, newMachine())
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			switch err := w.proxy.Propose(context.Background(), []byte("x")); {
			case err == nil:
				ok.Add(1)
			case errors.Is(err, sdk.ErrOverloaded) && errors.Is(err, sdk.ErrNotAppended):
				overloaded.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, callers, ok.Load()+overloaded.Load())
	require.Positive(t, ok.Load())
	require.LessOrEqual(t, most.Load(), int64(limit))
}

func TestAPanicInTheBackendEndsTheSessionWithItsName(t *testing.T) {
	for name, c := range map[string]struct {
		backend *echo
		call    func(ctx context.Context, p *plugin.Proxy) error
	}{
		"Propose": {
			&echo{onPropose: func(context.Context, []byte) error { panic("out of cheese") }},
			func(ctx context.Context, p *plugin.Proxy) error { return p.Propose(ctx, nil) },
		},
		"Open": {
			&echo{onOpen: func(sdk.StateMachine) error { panic("out of cheese") }},
			func(context.Context, *plugin.Proxy) error { return nil },
		},
		"Close": {
			&echo{onClose: func(context.Context) error { panic("out of cheese") }},
			func(ctx context.Context, p *plugin.Proxy) error { return p.Close(ctx) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWall(t, c.backend, nil, plugin.ProxyConfig{})
			err := w.proxy.Open(t.Context(), sdkConfig, newMachine())
			if err == nil {
				err = c.call(t.Context(), w.proxy)
			}
			require.ErrorContains(t, err, "the backend panicked in "+name+": out of cheese")
			require.ErrorIs(t, err, sdk.ErrOutcomeUnknown)
			require.Error(t, w.over(t))
			<-w.engine.Done()
			require.ErrorContains(t, w.engine.Err(), "out of cheese")
		})
	}
}
