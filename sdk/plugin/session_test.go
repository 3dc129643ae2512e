package plugin_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/plugin"
)

func TestAHostThatAppliesNothingStopsTheBackendAtTheWindow(t *testing.T) {
	const window, entries = 8, 100
	b, m := &echo{onPropose: func(context.Context, []byte) error { return nil }}, newMachine()
	m.gate = make(chan struct{})
	w := newWall(t, b, nil, plugin.ProxyConfig{WindowEntries: window})
	w.open(t, m)
	var taken atomic.Int64
	finished := make(chan error)
	go func() {
		for i := range uint64(entries) {
			if err := b.sm.Apply(t.Context(), sdk.Entry{Index: i + 1}); err != nil {
				finished <- err
				return
			}
			taken.Add(1)
		}
		finished <- nil
	}()
	require.Eventually(t, func() bool { return taken.Load() == window }, 5*time.Second, time.Millisecond)
	require.NoError(t, w.proxy.Propose(t.Context(), nil), "a proposal comes through meanwhile")
	require.EqualValues(t, window, taken.Load())
	close(m.gate)
	require.NoError(t, <-finished)
	require.NoError(t, m.until(t.Context(), func(m *machine) bool { return len(m.calls) == entries }))
	for i, c := range m.calls {
		require.Equal(t, call{"apply", uint64(i + 1), ""}, c)
	}
}

func TestAHostThatStaysStuckIsNamedAndThePluginEnds(t *testing.T) {
	b, m := &echo{}, newMachine()
	m.gate = make(chan struct{})
	w := newWall(t, b, nil, plugin.ProxyConfig{WindowEntries: 1, ApplyStall: 50 * time.Millisecond})
	w.open(t, m)
	require.NoError(t, b.sm.Apply(t.Context(), sdk.Entry{Index: 1}))
	require.ErrorContains(t, b.sm.Apply(t.Context(), sdk.Entry{Index: 2}), "applied nothing for 50ms")
	<-w.engine.Done()
	require.ErrorContains(t, w.over(t), "applied nothing for 50ms", "the host hears it, too")
	require.Equal(t, sdk.HealthFailed, m.status.Health)
}

func TestStatusIsThereWhenOpenReturns(t *testing.T) {
	for range 50 {
		b, m := &echo{}, newMachine()
		b.onOpen = func(sm sdk.StateMachine) error {
			for i := range uint64(20) {
				sm.SetStatus(sdk.Status{StoredIndex: i + 1, Health: sdk.HealthOK})
			}
			return nil
		}
		w := newWall(t, b, nil, plugin.ProxyConfig{})
		w.open(t, m)
		m.mu.Lock()
		require.EqualValues(t, 20, m.status.StoredIndex)
		m.mu.Unlock()
	}
}

func TestEntriesComeBeforeOpenReturns(t *testing.T) {
	b, m := &echo{}, newMachine()
	b.onOpen = func(sm sdk.StateMachine) error {
		if err := sm.Restore(t.Context(), strings.NewReader("base")); err != nil {
			return err
		}
		return sm.Apply(t.Context(), sdk.Entry{Index: 5, Data: []byte("+")})
	}
	w := newWall(t, b, nil, plugin.ProxyConfig{})
	w.open(t, m)
	require.NoError(t, m.until(t.Context(), func(m *machine) bool { return string(m.state) == "base+" }))
	require.Equal(t, "n1", b.cfg.NodeID)
	require.NotNil(t, b.cfg.Logger)
}

func TestOpenPassesOnWhyItFailed(t *testing.T) {
	refusal := &sdk.Error{Reason: sdk.ReasonInvalidConfig, Outcome: sdk.NotAppended, Field: "sync.every", Message: "must be positive"}
	w := newWall(t, &echo{onOpen: func(sdk.StateMachine) error { return refusal }}, nil, plugin.ProxyConfig{})
	require.Equal(t, error(refusal), w.proxy.Open(t.Context(), sdkConfig, newMachine()))
	require.Equal(t, error(refusal), w.over(t))
	<-w.engine.Done()
	require.Error(t, w.proxy.Open(t.Context(), sdkConfig, newMachine()), "one proxy, one session")
}

func TestASnapshotIsTheStateAtItsPosition(t *testing.T) {
	b, m := &echo{}, newMachine()
	w := newWall(t, b, nil, plugin.ProxyConfig{})
	w.open(t, m)
	big := strings.Repeat("0123456789", 100_000) // several chunks, not a multiple of one
	require.NoError(t, b.sm.Apply(t.Context(), sdk.Entry{Index: 1, Data: []byte(big)}))
	var snaps []sdk.Snapshot
	for i := range uint64(3) {
		snap, err := b.sm.Snapshot(t.Context())
		require.NoError(t, err)
		snaps = append(snaps, snap)
		require.NoError(t, b.sm.Apply(t.Context(), sdk.Entry{Index: i + 2, Data: []byte("+")}))
	}
	for i := range snaps { // in any order, while others are open
		snap := snaps[len(snaps)-1-i]
		var got bytes.Buffer
		n, err := snap.WriteTo(&got)
		require.NoError(t, err)
		require.EqualValues(t, got.Len(), n)
		require.Equal(t, big+strings.Repeat("+", len(snaps)-1-i), got.String())
		snap.Release()
	}
}

func TestASnapshotMayBeReleasedUnreadOrHalfRead(t *testing.T) {
	b, m := &echo{}, newMachine()
	w := newWall(t, b, nil, plugin.ProxyConfig{})
	w.open(t, m)
	for i := range uint64(20) { // more than may be open at once
		require.NoError(t, b.sm.Apply(t.Context(), sdk.Entry{Index: i + 1, Data: make([]byte, 1<<20)}))
		snap, err := b.sm.Snapshot(t.Context())
		require.NoError(t, err)
		if i%2 == 0 {
			_, err = snap.WriteTo(failing{})
			require.ErrorIs(t, err, errBoom)
		}
		snap.Release()
		require.NoError(t, m.until(t.Context(), func(m *machine) bool { return m.count("release") == int(i)+1 }))
	}
	require.NoError(t, w.proxy.Close(t.Context()))
}

// A backend that reads a snapshot must hear that the host couldn't write it.
func TestASnapshotTheHostCannotWriteFailsItsReader(t *testing.T) {
	b, m := &echo{}, &speechless{newMachine()}
	w := newWall(t, b, nil, plugin.ProxyConfig{})
	w.open(t, m)
	snap, err := b.sm.Snapshot(t.Context())
	require.NoError(t, err)
	defer snap.Release()
	written := make(chan error, 1)
	go func() {
		_, err := snap.WriteTo(io.Discard)
		written <- err
	}()
	select {
	case err := <-written:
		require.ErrorContains(t, err, "cut short")
	case <-time.After(10 * time.Second):
		require.Fail(t, "the reader waits for a snapshot that never comes")
	}
}

// speechless is a host whose snapshots fail before their first byte.
type speechless struct{ *machine }

func (s *speechless) Snapshot(ctx context.Context) (sdk.Snapshot, error) {
	snap, err := s.machine.Snapshot(ctx)
	return mute{snap}, err
}

type mute struct{ sdk.Snapshot }

func (mute) WriteTo(io.Writer) (int64, error) { return 0, errBoom }

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errBoom }

func TestSnapshotsThatAreNeverReleasedEndTheSession(t *testing.T) {
	b := &echo{}
	w := newWall(t, b, nil, plugin.ProxyConfig{})
	w.open(t, newMachine())
	var err error
	for range 100 {
		if _, err = b.sm.Snapshot(t.Context()); err != nil {
			break
		}
	}
	require.ErrorContains(t, err, "16 snapshots are open: each must be released")
	require.ErrorIs(t, w.over(t), sdk.ErrIncompatible)
}

func TestRestore(t *testing.T) {
	for name, size := range map[string]int{"empty": 0, "small": 10, "one chunk": 256 << 10, "several": 3<<20 + 1} {
		t.Run(name, func(t *testing.T) {
			b, m := &echo{}, newMachine()
			w := newWall(t, b, nil, plugin.ProxyConfig{})
			w.open(t, m)
			state := bytes.Repeat([]byte("x"), size)
			require.NoError(t, b.sm.Restore(t.Context(), iotestReader{bytes.NewReader(state)}))
			require.Equal(t, state, append([]byte{}, m.state...))
		})
	}
}

// iotestReader returns data and the end together, in pieces of its own.
type iotestReader struct{ r io.Reader }

func (r iotestReader) Read(b []byte) (int, error) {
	n, err := r.r.Read(b[:min(len(b), 100_001)])
	if err == nil && n < min(len(b), 100_001) {
		err = io.EOF
	}
	return n, err
}

// skipper is a host that is past every snapshot.
type skipper struct{ *machine }

func (skipper) Restore(context.Context, io.Reader) error { return nil }

func TestAHostMaySkipARestore(t *testing.T) {
	b, m := &echo{}, newMachine()
	w := newWall(t, b, nil, plugin.ProxyConfig{})
	w.open(t, skipper{m})
	require.NoError(t, b.sm.Restore(t.Context(), bytes.NewReader(make([]byte, 32<<20))))
	require.NoError(t, b.sm.Apply(t.Context(), sdk.Entry{Index: 1}))
	require.NoError(t, m.until(t.Context(), func(m *machine) bool { return len(m.calls) == 1 }))
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestARestoreThatCanNotBeReadEndsTheSession(t *testing.T) {
	b, m := &echo{}, newMachine()
	w := newWall(t, b, nil, plugin.ProxyConfig{})
	w.open(t, m)
	require.ErrorContains(t, b.sm.Restore(t.Context(), brokenReader{}), "reading the snapshot to restore")
	require.Error(t, w.over(t))
	require.Empty(t, m.state)
	require.Zero(t, m.count("restore"))
}

func TestWhatTheHostRefusesEndsTheSession(t *testing.T) {
	b, m := &echo{}, newMachine()
	m.fail = errBoom
	w := newWall(t, b, nil, plugin.ProxyConfig{WindowEntries: 1})
	w.open(t, m)
	require.NoError(t, b.sm.Apply(t.Context(), sdk.Entry{Index: 1}))
	require.ErrorIs(t, w.over(t), errBoom)
	<-w.engine.Done()
	require.ErrorIs(t, b.sm.Apply(t.Context(), sdk.Entry{Index: 2}), sdk.ErrClosed)
}

func TestABackendThatHasFailedEndsItsSession(t *testing.T) {
	b, m := &echo{}, newMachine()
	w := newWall(t, b, nil, plugin.ProxyConfig{})
	w.open(t, m)
	b.sm.SetStatus(sdk.Status{Health: sdk.HealthFailed, Reason: "no space left on device"})
	require.ErrorContains(t, w.over(t), "the backend has failed: no space left on device")
	require.Equal(t, sdk.HealthFailed, m.status.Health)
}

// mortal is a backend that can end by itself.
type mortal struct {
	echo
	dead chan struct{}
	err  error
}

func (m *mortal) Done() <-chan struct{} { return m.dead }
func (m *mortal) Err() error            { return m.err }

func TestABackendThatEndsByItselfEndsItsSession(t *testing.T) {
	b := &mortal{dead: make(chan struct{}), err: errBoom}
	w := newWall(t, b, nil, plugin.ProxyConfig{})
	w.open(t, newMachine())
	close(b.dead)
	err := w.over(t)
	require.ErrorContains(t, err, "the backend ended by itself: boom")
	require.False(t, sdk.Terminal(err))
}

// A host that hears that another attempt is useless makes none.
func TestABackendThatEndsForGood(t *testing.T) {
	b := &mortal{dead: make(chan struct{}), err: &sdk.Error{Reason: sdk.ReasonWrongData, Message: "replaced"}}
	w := newWall(t, b, nil, plugin.ProxyConfig{})
	w.open(t, newMachine())
	close(b.dead)
	err := w.over(t)
	require.ErrorIs(t, err, sdk.ErrWrongData)
	require.True(t, sdk.Terminal(err))
	require.ErrorContains(t, err, "replaced")
}

func TestCloseFreesABlockedApplyFirst(t *testing.T) {
	b, m := &echo{}, newMachine()
	m.gate = make(chan struct{})
	w := newWall(t, b, nil, plugin.ProxyConfig{WindowEntries: 1})
	w.open(t, m)
	applying := make(chan error, 1)
	b.onClose = func(ctx context.Context) error { // a library that waits for its state machine
		select {
		case err := <-applying:
			if err == nil {
				return errBoom
			}
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	require.NoError(t, b.sm.Apply(t.Context(), sdk.Entry{Index: 1}))
	go func() { applying <- b.sm.Apply(t.Context(), sdk.Entry{Index: 2}) }()
	require.NoError(t, w.proxy.Close(t.Context()))
	require.NoError(t, w.over(t))
	<-w.engine.Done()
	require.NoError(t, w.engine.Err())
}

func TestCloseIsBoundedAndPassesOnItsError(t *testing.T) {
	hang := make(chan struct{})
	defer close(hang)
	hung := &echo{onClose: func(context.Context) error { <-hang; return nil }}
	w := newWall(t, hung, nil, plugin.ProxyConfig{})
	w.open(t, newMachine())
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, w.proxy.Close(ctx), sdk.ErrTimeout)
	require.ErrorIs(t, w.over(t), sdk.ErrTimeout)
	require.ErrorIs(t, w.proxy.Close(t.Context()), sdk.ErrTimeout, "again")

	w = newWall(t, &echo{onClose: func(context.Context) error { return errBoom }}, nil, plugin.ProxyConfig{})
	w.open(t, newMachine())
	require.ErrorContains(t, w.proxy.Close(t.Context()), "boom")
}

func TestAProxyThatWasNeverOpenedCloses(t *testing.T) {
	w := newWall(t, &echo{}, nil, plugin.ProxyConfig{})
	require.NoError(t, w.proxy.Close(t.Context()))
	require.NoError(t, w.over(t))
	require.ErrorIs(t, w.proxy.Propose(t.Context(), nil), sdk.ErrNotAppended)
	require.ErrorIs(t, w.proxy.Open(t.Context(), sdkConfig, newMachine()), sdk.ErrClosed)
}

func TestABusyHostStillHearsThePlugin(t *testing.T) {
	b, m := &echo{onPropose: func(context.Context, []byte) error { return nil }}, newMachine()
	m.gate = make(chan struct{})
	defer close(m.gate)
	w := newWall(t, b, nil, plugin.ProxyConfig{WindowEntries: 2, HeartbeatTimeout: 300 * time.Millisecond})
	w.open(t, m)
	require.NoError(t, b.sm.Apply(t.Context(), sdk.Entry{Index: 1}, sdk.Entry{Index: 2}))
	go func() { _ = b.sm.Apply(t.Context(), sdk.Entry{Index: 3}) }()
	require.Never(t, func() bool {
		select {
		case <-w.proxy.Done():
			return true
		default:
			return false
		}
	}, 500*time.Millisecond, 10*time.Millisecond, "pongs are stuck behind work")
	require.NoError(t, w.proxy.Propose(t.Context(), nil))
}
