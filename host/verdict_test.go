package host_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/host/hosttest"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
	"github.com/chronik-stream/metalog/sdk"
)

// faked opens a store over sessions that next makes; it is ready when faked
// returns, and won't propose of its own accord.
func faked(t *testing.T, next func() *backend, opts ...host.Option) *host.Store {
	t.Helper()
	s, err := open(t, host.Config{NodeID: "n1", Backend: func(context.Context) (sdk.Backend, error) { return next(), nil }}, opts...)
	require.NoError(t, err)
	require.NoError(t, s.WaitReady(t.Context()))
	hosttest.Quiet(t, s)
	return s
}

// foreign is an entry of node n2.
func foreign(t *testing.T, fill func(*eventpb.Entry)) []byte {
	t.Helper()
	e := &eventpb.Entry{Id: bytes.Repeat([]byte{9}, 16), Node: "n2", ClockMs: time.Now().UnixMilli()}
	fill(e)
	data, err := host.EncodeEntry(e)
	require.NoError(t, err)
	return data
}

func event(t *testing.T, name string) []byte {
	t.Helper()
	ev := metadata.NewCreateTopic(metadata.TopicSpec{Name: name, ID: metadata.TopicID{1}, Partitions: 1, ReplicationFactor: 1})
	ev.RequestId = bytes.Repeat([]byte{byte(len(name))}, 16)
	data, err := metadata.Encode(ev)
	require.NoError(t, err)
	return data
}

func concluded(t *testing.T, s *host.Store, phase host.Phase) host.Status {
	t.Helper()
	require.Eventually(t, func() bool { return s.Status().State == phase }, waitFor, tick)
	st := s.Status()
	require.False(t, st.Ready)
	return st
}

func TestPoisonHaltsTheNode(t *testing.T) {
	good := foreign(t, func(e *eventpb.Entry) { e.Events = [][]byte{event(t, "good")} })
	flipped := bytes.Clone(good)
	flipped[len(flipped)-1] ^= 1
	for name, tc := range map[string]struct {
		data []byte
		why  string
	}{
		"empty":           {nil, "too short"},
		"not ours":        {[]byte("hello, world"), "envelope format"},
		"corrupted":       {flipped, "checksum"},
		"corrupted event": {foreign(t, func(e *eventpb.Entry) { e.Events = [][]byte{event(t, "x"), {0xff}} }), "event 1 of the entry"},
		"unknown command": {foreign(t, func(e *eventpb.Entry) { e.Events = [][]byte{event(t, "x")[:18]} }), "event 0 of the entry"},
	} {
		t.Run(name, func(t *testing.T) {
			opened := 0
			var b *backend
			s := faked(t, func() *backend { opened++; b = newBackend(echo); return b })
			_, err := s.CreateTopic(t.Context(), topic("orders"))
			require.NoError(t, err)

			err = b.deliver(good, tc.data, good)
			require.ErrorContains(t, err, tc.why)
			st := concluded(t, s, host.PhaseHalted)
			require.Contains(t, st.Reason, tc.why)
			require.EqualValues(t, 2, st.Revision, "what came before it is applied")
			require.True(t, b.isClosed())
			require.Equal(t, 1, opened)

			_, err = b.sm.Snapshot(t.Context())
			require.Error(t, err)
			require.Error(t, b.sm.Restore(t.Context(), bytes.NewReader(nil)))
			require.Error(t, b.deliver(good))
			got, err := s.Topic(t.Context(), "good")
			require.NoError(t, err)
			require.True(t, got.Stale)
			_, err = s.CreateTopic(t.Context(), topic("late"))
			require.ErrorIs(t, err, sdk.ErrNotAppended)
			require.ErrorContains(t, err, "halted")
		})
	}
}

// A snapshot that was pinned before must not be written afterwards.
func TestHaltedNodeWritesNoSnapshot(t *testing.T) {
	var b *backend
	s := faked(t, func() *backend { b = newBackend(echo); return b })
	pinned, err := b.sm.Snapshot(t.Context())
	require.NoError(t, err)
	defer pinned.Release()
	require.Error(t, b.deliver(nil))
	concluded(t, s, host.PhaseHalted)
	var buf bytes.Buffer
	_, err = pinned.WriteTo(&buf)
	require.Error(t, err)
	require.Zero(t, buf.Len())
}

func TestHaltAnswersWhoWaits(t *testing.T) {
	proposed := make(chan struct{}, 1)
	hold := false
	var b *backend
	s := faked(t, func() *backend {
		b = newBackend(func(b *backend, data []byte) error {
			if !hold {
				return b.deliver(data)
			}
			proposed <- struct{}{}
			return nil
		})
		return b
	})
	hold = true
	done := make(chan error, 1)
	go func() {
		_, err := s.CreateTopic(t.Context(), topic("orders"))
		done <- err
	}()
	<-proposed
	require.Error(t, b.deliver(nil))
	require.ErrorIs(t, <-done, sdk.ErrOutcomeUnknown)
}

func TestBackendThatContradictsItself(t *testing.T) {
	stored := func(n uint64) *sdk.Status { return &sdk.Status{Health: sdk.HealthOK, StoredIndex: n} }
	for name, tc := range map[string]struct {
		second func(t *testing.T, b *backend, before []sdk.Entry)
		why    string
	}{
		"has lost its end": {func(_ *testing.T, b *backend, before []sdk.Entry) {
			b.status, b.index = stored(1), before[len(before)-1].Index
		}, "holds entries up to index 1"},
		"delivers something else": {func(t *testing.T, b *backend, _ []sdk.Entry) {
			t.Helper()
			b.onOpen = func(b *backend) error { return b.deliver(foreign(t, func(*eventpb.Entry) {})) }
		}, "another entry"},
		"skips an entry": {func(_ *testing.T, b *backend, before []sdk.Entry) {
			b.onOpen = func(b *backend) error { return b.sm.Apply(context.Background(), before[0], before[2]) }
		}, "was delivered in between"},
		"restores another past": {func(t *testing.T, b *backend, _ []sdk.Entry) {
			t.Helper()
			b.onOpen = func(b *backend) error { return b.sm.Restore(context.Background(), otherPast(t)) }
		}, "digest"},
	} {
		t.Run(name, func(t *testing.T) {
			var first *backend
			sessions := make(chan *backend, 2)
			s := faked(t, func() *backend {
				b := newBackend(echo)
				if first == nil {
					first = b
				} else {
					tc.second(t, b, first.delivered())
				}
				sessions <- b
				return b
			})
			for _, name := range []string{"one", "two", "three"} {
				_, err := s.CreateTopic(t.Context(), topic(name))
				require.NoError(t, err)
			}
			<-sessions
			first.end(errors.New("crashed"))
			st := concluded(t, s, host.PhaseFailed)
			require.Contains(t, st.Reason, tc.why)
			require.True(t, (<-sessions).isClosed())
			got, err := s.Topics(t.Context())
			require.NoError(t, err)
			require.True(t, got.Stale)
			require.Len(t, got.Value, 3)
		})
	}
}

// otherPast is the snapshot of a cluster with one topic, whose name differs.
func otherPast(t *testing.T) *bytes.Reader {
	t.Helper()
	var b *backend
	s := faked(t, func() *backend { b = newBackend(echo); return b })
	_, err := s.CreateTopic(t.Context(), topic("another"))
	require.NoError(t, err)
	return bytes.NewReader(snapshotOf(t, b))
}

func snapshotOf(t *testing.T, b *backend) []byte {
	t.Helper()
	pinned, err := b.sm.Snapshot(t.Context())
	require.NoError(t, err)
	defer pinned.Release()
	var buf bytes.Buffer
	_, err = pinned.WriteTo(&buf)
	require.NoError(t, err)
	return buf.Bytes()
}

func TestSnapshotThatCantBeUsed(t *testing.T) {
	var b *backend
	s := faked(t, func() *backend {
		next := newBackend(echo)
		if b != nil {
			next.index = b.index
		}
		b = next
		return b
	})
	frame := snapshotOf(t, b)
	require.NoError(t, b.sm.Restore(t.Context(), bytes.NewReader(frame)), "the node is past it")

	lost := errors.New("connection lost")
	require.ErrorIs(t, b.sm.Restore(t.Context(), &cutReader{data: frame[:20], err: lost}), lost)
	require.Eventually(t, func() bool { return s.Status().Plugin.Restarts == 1 && s.Status().Ready }, waitFor, tick)

	require.ErrorIs(t, b.sm.Restore(t.Context(), bytes.NewReader(frame[:20])), sdk.ErrCorrupt)
	require.Contains(t, concluded(t, s, host.PhaseFailed).Reason, "ends too early")
}

// cutReader is a stream that breaks.
type cutReader struct {
	data []byte
	err  error
}

func (r *cutReader) Read(p []byte) (int, error) {
	if len(r.data) == 0 {
		return 0, r.err
	}
	n := copy(p, r.data)
	r.data = r.data[n:]
	return n, nil
}

func TestOutvotedNodeQuarantinesItself(t *testing.T) {
	var b *backend
	s := faked(t, func() *backend { b = newBackend(echo); return b })
	b.sm.SetStatus(sdk.Status{Health: sdk.HealthOK, StoredIndex: 99, Members: []sdk.Member{
		{NodeID: "n1", Role: sdk.RoleVoter}, {NodeID: "n2", Role: sdk.RoleVoter}, {NodeID: "n3", Role: sdk.RoleLearner},
	}})
	_, err := s.CreateTopic(t.Context(), topic("orders"))
	require.NoError(t, err)
	digest := s.Status().Digest
	version := uint32(metadata.DigestVersion)
	witness := func(revision uint64, digest []byte) []byte {
		return foreign(t, func(e *eventpb.Entry) {
			e.Witness = &eventpb.Witness{Revision: revision, Digest: digest, DigestVersion: version}
		})
	}
	require.NoError(t, b.deliver(witness(1, digest[:])))
	require.NoError(t, b.deliver(witness(77, make([]byte, 32))), "nothing is known of that revision")
	version++
	require.NoError(t, b.deliver(witness(1, make([]byte, 32))), "digests of two versions say nothing of each other")
	version--
	require.True(t, s.Status().Ready)

	require.NoError(t, b.deliver(witness(1, make([]byte, 32))))
	require.Contains(t, concluded(t, s, host.PhaseQuarantined).Reason, "revision 1")
	_, err = s.Topic(t.Context(), "orders")
	require.ErrorIs(t, err, metadata.ErrUnavailable)
	require.ErrorContains(t, err, "quarantined")
	require.Nil(t, s.View())
	_, err = b.sm.Snapshot(t.Context())
	require.Error(t, err)
}

func TestClockThatRunsAheadOfAllOthers(t *testing.T) {
	clock := hosttest.NewClock()
	var b *backend
	s := faked(t, func() *backend { b = newBackend(echo); return b }, host.WithClock(clock.Now))
	says := func(d time.Duration) {
		require.NoError(t, b.deliver(foreign(t, func(e *eventpb.Entry) { e.ClockMs = clock.Now().Add(d).UnixMilli() })))
	}
	says(-2 * time.Hour)
	_, err := s.CreateTopic(t.Context(), topic("orders"))
	require.ErrorIs(t, err, sdk.ErrNotAppended)
	require.ErrorContains(t, err, "n2")
	says(2 * time.Hour)
	st := s.Status()
	require.Equal(t, host.PhaseDegraded, st.State)
	require.True(t, st.Ready)
	require.Contains(t, st.Reason, "behind n2")
	says(0)
	_, err = s.CreateTopic(t.Context(), topic("orders"))
	require.NoError(t, err)
	require.Equal(t, host.PhaseReady, s.Status().State)
	clock.Move(2 * time.Minute)
	require.Contains(t, s.Status().Reason, "over a minute")
	require.False(t, s.Status().Ready)
}
