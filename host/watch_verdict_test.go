package host_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/host/hosttest"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/inmem"
)

// told is what one watch has told and how it ended.
type told struct {
	messages chan metadata.WatchMessage
	end      error // set before messages is closed
}

// watch runs a watch until it ends or the test does.
func watch(t *testing.T, s metadata.Store, opts ...metadata.WatchOption) *told {
	t.Helper()
	w := &told{messages: make(chan metadata.WatchMessage, 64)}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(w.messages)
		for m, err := range s.Watch(ctx, opts...) {
			if w.end = err; err == nil {
				w.messages <- m
			}
		}
	}()
	t.Cleanup(func() { stop(); <-done })
	return w
}

// rest is all that is told until the watch ends.
func (w *told) rest() (messages []metadata.WatchMessage) {
	for m := range w.messages {
		messages = append(messages, m)
	}
	return messages
}

// What was applied before the entry at fault is right, and is told first.
func TestAHaltEndsAWatchAfterTheLastChange(t *testing.T) {
	var b *backend
	s := faked(t, func() *backend { b = newBackend(echo); return b })
	w := watch(t, s)
	<-w.messages
	good := foreign(t, func(e *eventpb.Entry) { e.Events = [][]byte{event(t, "good")} })
	require.Error(t, b.deliver(good, []byte("poison")))
	concluded(t, s, host.PhaseHalted)
	require.Equal(t, []string{"change 1"}, kinds(w.rest()))
	require.ErrorIs(t, w.end, metadata.ErrUnavailable)
	require.ErrorContains(t, w.end, "halted")
}

// A state that is wrong isn't told, neither to who watches nor to who begins to.
func TestAQuarantineEndsEveryWatch(t *testing.T) {
	var b *backend
	s := faked(t, func() *backend { b = newBackend(echo); return b })
	b.sm.SetStatus(sdk.Status{Health: sdk.HealthOK, StoredIndex: 99, Members: []sdk.Member{
		{NodeID: "n1", Role: sdk.RoleVoter}, {NodeID: "n2", Role: sdk.RoleVoter},
	}})
	_, err := s.CreateTopic(t.Context(), topic("orders"))
	require.NoError(t, err)
	w := watch(t, s)
	<-w.messages
	require.NoError(t, b.deliver(foreign(t, func(e *eventpb.Entry) {
		e.Witness = &eventpb.Witness{Revision: 1, Digest: make([]byte, 32), DigestVersion: metadata.DigestVersion}
	})))
	concluded(t, s, host.PhaseQuarantined)
	require.Empty(t, w.rest())
	require.ErrorIs(t, w.end, metadata.ErrUnavailable)
	require.ErrorContains(t, w.end, "quarantined")

	late := watch(t, s, metadata.WithInitialState())
	require.Empty(t, late.rest())
	require.ErrorIs(t, late.end, metadata.ErrUnavailable)
}

// While there is no backend nothing changes, which isn't the end of a watch.
func TestAWatchGoesOnWithTheNextSession(t *testing.T) {
	log := inmem.NewCluster()
	s, gate := gated(t, log)
	w := watch(t, s)
	<-w.messages
	kill(t, log, s)
	require.Equal(t, metadata.WatchBookmark, (<-watch(t, s).messages).Kind, "one may begin meanwhile, too")
	gate <- struct{}{}
	_, err := s.CreateTopic(t.Context(), topic("orders"))
	require.NoError(t, err)
	m := <-w.messages
	require.Equal(t, []string{"change 1"}, kinds([]metadata.WatchMessage{m}))
	require.Zero(t, m.Previous)
}

// What isn't here yet may come: a node that has never been ready tells nothing.
func TestAWatchWaitsForTheNode(t *testing.T) {
	log, name := inmem.NewCluster(), hosttest.Name(0)
	log.Hold(name)
	s, err := open(t, host.Config{NodeID: name, Backend: func(context.Context) (sdk.Backend, error) { return log.Backend(name), nil }})
	require.NoError(t, err)
	w := watch(t, s)
	require.Nil(t, s.View())
	require.Empty(t, w.messages)
	log.Release(name)
	require.Equal(t, metadata.WatchBookmark, (<-w.messages).Kind)
	require.NotNil(t, s.View())
}

func TestAWatchThatNeverBegan(t *testing.T) {
	log, name := inmem.NewCluster(), hosttest.Name(0)
	log.Hold(name)
	s, err := open(t, host.Config{NodeID: name, Backend: func(context.Context) (sdk.Backend, error) { return log.Backend(name), nil }})
	require.NoError(t, err)
	w := watch(t, s)
	require.NoError(t, s.Close())
	require.Empty(t, w.rest())
	require.ErrorIs(t, w.end, metadata.ErrUnavailable)
}
