package host

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

func TestRoundIsSharedByThoseBeforeIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRounds()
		join := func(answers chan<- error) { answers <- r.join(t.Context(), nil) }
		early, late := make(chan error, 2), make(chan error, 1)
		go join(early)
		go join(early)
		synctest.Wait()
		first := r.begin()
		go join(late)
		synctest.Wait()
		first.end(t.Context(), nil)
		require.NoError(t, <-early)
		require.NoError(t, <-early)
		require.Empty(t, late, "a round that had begun says nothing to who comes later")
		boom := errors.New("boom")
		r.begin().end(t.Context(), boom)
		require.ErrorIs(t, <-late, boom)
		require.Nil(t, r.begin())
	})
}

func TestRoundEndsWithItsSession(t *testing.T) {
	r := newRounds()
	over := make(chan struct{})
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	mine := r.upcoming()
	r.begin().end(gone, errors.New("connection lost"))
	require.ErrorIs(t, mine.err, errSessionOver)

	require.ErrorIs(t, r.join(gone, nil), context.Canceled)
	close(over)
	require.ErrorIs(t, r.join(t.Context(), over), sdk.ErrClosed)
}

// A backend may say that all was handed over while the last delivery is still
// being applied: a read must not come before its end.
func TestBarrierWaitsForTheDeliveryUnderWay(t *testing.T) {
	r, _ := newTestReplica()
	b := &barrier{rounds: newRounds(), own: r.own, replica: r}
	s := &session{backend: knowing{newMortal()}}
	r.mu.Lock() // a delivery
	answered := make(chan error, 1)
	go func() { answered <- b.ask(t.Context(), s) }()
	require.Never(t, func() bool { return len(answered) > 0 }, 50*time.Millisecond, time.Millisecond)
	r.mu.Unlock()
	require.NoError(t, <-answered)
}

// knowing claims a read barrier, which it answers at once.
type knowing struct{ *mortal }

func (knowing) Info() sdk.Info                    { return sdk.Info{Claims: sdk.Claims{sdk.CanReadBarrier}} }
func (knowing) ReadBarrier(context.Context) error { return nil }
