package host_test

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/host/hosttest"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// sequence gives ids that are the same in every run.
func sequence() func() [16]byte {
	n := byte(0)
	return func() [16]byte { n++; return [16]byte{15: n} }
}

// The same writes give the same state with and without a backend, whatever the
// host proposes of its own.
func TestBareAndHostComeToTheSame(t *testing.T) {
	script := func(s metadata.Store) {
		ctx := t.Context()
		_, err := s.CreateTopic(ctx, topic("orders"), metadata.WithRequestID(metadata.RequestID{1}, 0))
		require.NoError(t, err)
		_, err = s.CreateTopic(ctx, topic("orders"), metadata.WithRequestID(metadata.RequestID{2}, 0))
		require.ErrorIs(t, err, metadata.ErrAlreadyExists)
		again, err := s.DeleteTopic(ctx, metadata.TopicRef{Name: "orders"}, metadata.WithRequestID(metadata.RequestID{3}, 0))
		require.NoError(t, err)
		require.EqualValues(t, 3, again.Revision)
		again, err = s.DeleteTopic(ctx, metadata.TopicRef{Name: "orders"}, metadata.WithRequestID(metadata.RequestID{3}, 0))
		require.NoError(t, err)
		require.True(t, again.Deduplicated)
		_, err = s.CreateTopic(ctx, metadata.TopicSpec{Name: "payments", ID: metadata.TopicID{9}, Partitions: 1, ReplicationFactor: 1}, metadata.WithRequestID(metadata.RequestID{4}, 0))
		require.NoError(t, err)
		_, err = s.CreateTopic(ctx, topic("ahead"), metadata.WithRequestID(metadata.RequestID{5}, 99))
		require.ErrorIs(t, err, metadata.ErrInvalid)
		_, err = s.Topic(ctx, "payments", metadata.MinRevision(4), metadata.Linearizable())
		require.NoError(t, err)
	}
	clock := hosttest.NewClock()
	bare := host.NewBare(host.WithClock(clock.Now), host.WithIDs(sequence()))
	script(bare)
	require.EqualValues(t, 4, bare.View().Revision())
	_, err := bare.Topics(t.Context(), metadata.MinRevision(99))
	require.ErrorIs(t, err, metadata.ErrUnavailable)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = bare.CreateTopic(gone, topic("late"))
	require.ErrorIs(t, err, context.Canceled)
	_, err = bare.CreateTopic(t.Context(), topic("payments"), metadata.ValidateOnly())
	require.ErrorIs(t, err, metadata.ErrAlreadyExists)
}

func TestOversizedEventIsRefusedBeforeItIsProposed(t *testing.T) {
	spec := topic("orders")
	value := string(make([]byte, 30_000))
	for range 40 {
		spec.Configs = append(spec.Configs, metadata.ConfigValue{Key: "x." + string(rune('a'+len(spec.Configs))), Value: &value})
	}
	s := hosttest.Cluster(t, 1).Store(0)
	for name, store := range map[string]metadata.Store{"bare": host.NewBare(), "host": s} {
		_, err := store.CreateTopic(t.Context(), spec)
		require.ErrorIsf(t, err, metadata.ErrTooLarge, "%s", name)
	}
	require.Zero(t, s.Status().Revision)
}

// visited is what a log held.
type visited struct {
	base    host.LogBase
	entries []host.LogEntry
	stop    error
}

func (v *visited) Base(b host.LogBase) error { v.base = b; return nil }
func (v *visited) Entry(e host.LogEntry) error {
	v.entries = append(v.entries, e)
	return v.stop
}

// inspected is a stopped directory: a snapshot and the entries above it.
type inspected struct {
	*backend
	frame []byte
	log   []sdk.Entry
}

func (i *inspected) Inspect(ctx context.Context, _ sdk.Config, sm sdk.StateMachine) error {
	if i.frame != nil {
		if err := sm.Restore(ctx, &cutReader{data: i.frame, err: io.EOF}); err != nil {
			return err
		}
	}
	for _, e := range i.log {
		if err := sm.Apply(ctx, e); err != nil {
			return errors.New("the state machine failed")
		}
	}
	return nil
}

func TestReadLog(t *testing.T) {
	var b *backend
	s := faked(t, func() *backend { b = newBackend(echo); return b })
	write := func(name string) {
		_, err := s.CreateTopic(t.Context(), topic(name))
		require.NoError(t, err)
	}
	write("orders")
	frame, covered := snapshotOf(t, b), len(b.delivered())
	baseDigest := s.Status().Digest
	write("payments")
	want := s.Status()
	dir := func(frame []byte, log []sdk.Entry) *inspected {
		i := &inspected{backend: newBackend(nil), frame: frame, log: log}
		i.claims = sdk.Claims{sdk.CanInspect}
		return i
	}
	log := b.delivered()

	t.Run("from genesis", func(t *testing.T) {
		v := &visited{}
		state, err := host.ReadLog(t.Context(), dir(nil, log), sdk.Config{}, v)
		require.NoError(t, err)
		require.Equal(t, want.Digest, state.Digest())
		require.Zero(t, v.base.Index)
		require.Zero(t, v.base.State.Revision())
		require.Len(t, v.entries, len(log))
		last := v.entries[len(log)-1]
		require.Equal(t, want.Revision, last.Revision)
		require.Equal(t, want.Digest, last.Digest)
		require.Equal(t, "payments", last.Events[0].Event.GetCreateTopic().GetName())
		require.EqualValues(t, 2, last.Events[0].Result.Revision)
	})
	t.Run("above a snapshot", func(t *testing.T) {
		v := &visited{}
		state, err := host.ReadLog(t.Context(), dir(frame, log), sdk.Config{}, v)
		require.NoError(t, err)
		require.Equal(t, want.Digest, state.Digest())
		require.Equal(t, baseDigest, v.base.State.Digest())
		require.EqualValues(t, covered, v.base.Index)
		require.Len(t, v.base.Nodes, 1)
		require.Len(t, v.entries, len(log)-covered)
	})
	t.Run("nothing", func(t *testing.T) {
		v := &visited{}
		state, err := host.ReadLog(t.Context(), dir(nil, nil), sdk.Config{}, v)
		require.NoError(t, err)
		require.Zero(t, state.Revision())
		require.NotNil(t, v.base.State)
	})
	t.Run("not known to be committed", func(t *testing.T) {
		v := &visited{}
		last := log[len(log)-1]
		last.Uncommitted = true
		state, err := host.ReadLog(t.Context(), dir(frame, []sdk.Entry{last}), sdk.Config{}, v)
		require.NoError(t, err)
		require.Equal(t, baseDigest, state.Digest())
		require.True(t, v.entries[0].Uncommitted)
		require.Zero(t, v.entries[0].Events[0].Result)
	})
	t.Run("damaged", func(t *testing.T) {
		bad := sdk.Entry{Index: 99, Data: []byte("garbage")}
		_, err := host.ReadLog(t.Context(), dir(frame, append(log, bad)), sdk.Config{}, &visited{})
		require.ErrorIs(t, err, sdk.ErrCorrupt)
		require.ErrorContains(t, err, "index 99")
	})
	t.Run("the visitor has seen enough", func(t *testing.T) {
		enough := errors.New("enough")
		_, err := host.ReadLog(t.Context(), dir(nil, log), sdk.Config{}, &visited{stop: enough})
		require.ErrorIs(t, err, enough)
	})
	t.Run("not claimed", func(t *testing.T) {
		_, err := host.ReadLog(t.Context(), newBackend(nil), sdk.Config{}, &visited{})
		require.ErrorIs(t, err, sdk.ErrUnsupported)
	})
}
