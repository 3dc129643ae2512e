package local_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/plugins/local"
	"github.com/chronik-stream/metalog/sdk"
)

func TestReopenDeliversEverythingAgain(t *testing.T) {
	dir, m := t.TempDir(), newMachine()
	b := open(t, config(dir, sdk.StartNew), m)
	propose(t, b, "a", "", string(make([]byte, sdk.MaxEntrySize)))
	m.waitApplied(t, 3)
	shut(t, b)

	again := newMachine()
	b = open(t, config(dir, sdk.StartRestart), again)
	again.waitApplied(t, 3)
	require.Equal(t, m.data, again.data)
	require.EqualValues(t, 3, again.status(false).StoredIndex)
	propose(t, b, "d")
	again.waitApplied(t, 4)
	require.Equal(t, []uint64{1, 2, 3, 4}, again.raw)
	shut(t, b)
}

func TestManyWritersShareCommits(t *testing.T) {
	const writers, each = 32, 50
	dir, m := t.TempDir(), newMachine()
	b := open(t, config(dir, sdk.StartNew), m)
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				if err := b.Propose(t.Context(), fmt.Appendf(nil, "%d/%d", w, i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	m.waitApplied(t, writers*each)
	seen := map[string]bool{}
	next := make([]int, writers)
	for i, d := range m.data {
		require.EqualValues(t, i+1, m.raw[i])
		require.False(t, seen[d], d)
		seen[d] = true
		var w, n int
		_, err := fmt.Sscanf(d, "%d/%d", &w, &n)
		require.NoError(t, err)
		require.Equal(t, next[w], n, "a writer's own order")
		next[w]++
	}
	shut(t, b)
}

func TestProposeIsRefusedHonestly(t *testing.T) {
	b := local.New()
	err := b.Propose(t.Context(), nil)
	require.ErrorIs(t, err, sdk.ErrClosed)
	require.ErrorIs(t, err, sdk.ErrNotAppended)

	m := newMachine()
	require.NoError(t, b.Open(t.Context(), config(t.TempDir(), sdk.StartNew), m))
	err = b.Propose(t.Context(), make([]byte, sdk.MaxEntrySize+1))
	require.ErrorIs(t, err, sdk.ErrTooLarge)
	require.ErrorIs(t, err, sdk.ErrNotAppended)
	shut(t, b)
	err = b.Propose(t.Context(), nil)
	require.ErrorIs(t, err, sdk.ErrClosed)
	require.ErrorIs(t, err, sdk.ErrNotAppended)
}

func TestOutcomeOfACancelledPropose(t *testing.T) {
	dir, m := t.TempDir(), newMachine()
	b := open(t, config(dir, sdk.StartNew), m)
	kept := map[string]bool{}
	for i := range 200 {
		ctx, cancel := context.WithCancel(t.Context())
		data := strconv.Itoa(i)
		done := make(chan error)
		go func() { done <- b.Propose(ctx, []byte(data)) }()
		cancel()
		err := <-done
		if err != nil {
			require.ErrorIs(t, err, sdk.ErrTimeout)
		}
		if err == nil || sdk.OutcomeOf(err) == sdk.Unknown {
			kept[data] = err == nil
		}
	}
	propose(t, b, "end")
	m.wait(t, func() bool { return len(m.data) > 0 && m.data[len(m.data)-1] == "end" })
	shut(t, b)
	there := map[string]bool{}
	for _, d := range m.data[:len(m.data)-1] {
		there[d] = true
		_, ok := kept[d]
		require.True(t, ok, "%s was not to be appended", d)
	}
	for d, acknowledged := range kept {
		if acknowledged {
			require.True(t, there[d], "%s was acknowledged", d)
		}
	}
}

func TestCloseEndsWhatIsUnderWay(t *testing.T) {
	dir, m := t.TempDir(), newMachine()
	m.gate = make(chan struct{})
	b := open(t, config(dir, sdk.StartNew), m)
	const writers = 64
	results := make(chan error, writers)
	for range writers {
		go func() {
			var err error
			for err == nil {
				err = b.Propose(context.Background(), []byte("x"))
				results <- err
			}
		}()
	}
	acknowledged := 0
	require.NoError(t, <-results)
	acknowledged++
	shut(t, b)
	for ended := 0; ended < writers; {
		err := <-results
		if err == nil {
			acknowledged++
			continue
		}
		require.ErrorIs(t, err, sdk.ErrClosed)
		require.ErrorIs(t, err, sdk.ErrNotAppended)
		ended++
	}
	again := newMachine()
	b = open(t, config(dir, sdk.StartRestart), again)
	again.waitApplied(t, uint64(acknowledged))
	shut(t, b)
	require.Len(t, again.data, acknowledged)
}

// deaf is a host whose Apply doesn't listen to its context.
type deaf struct {
	*machine
	entered, free chan struct{}
}

func (d *deaf) Apply(context.Context, ...sdk.Entry) error {
	close(d.entered)
	<-d.free
	return nil
}

func TestCloseWaitsNoLongerThanItsContext(t *testing.T) {
	d := &deaf{machine: newMachine(), entered: make(chan struct{}), free: make(chan struct{})}
	b := open(t, config(t.TempDir(), sdk.StartNew), d)
	propose(t, b, "a")
	<-d.entered
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, b.Close(ctx), sdk.ErrTimeout)
	close(d.free)
	<-b.Done()
}

func TestAFailingHostEndsTheSession(t *testing.T) {
	boom := errors.New("boom")
	dir, m := t.TempDir(), newMachine()
	m.fail = boom
	b := open(t, config(dir, sdk.StartNew), m)
	require.NoError(t, b.Err())
	propose(t, b, "a")
	<-b.Done()
	require.ErrorIs(t, b.Err(), boom)
	require.Equal(t, sdk.HealthFailed, m.status(true).Health)
	require.Contains(t, m.status(true).Reason, "boom")
	require.ErrorIs(t, b.Propose(t.Context(), nil), sdk.ErrClosed)
	require.ErrorIs(t, b.Compact(t.Context()), sdk.ErrClosed)
	shut(t, b)

	again := newMachine()
	b = open(t, config(dir, sdk.StartRestart), again)
	again.waitApplied(t, 1)
	shut(t, b)
}

func TestStatus(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		m := newMachine()
		b := open(t, config(dir, sdk.StartNew), m)
		first := m.status(false)
		require.True(t, first.CanPropose)
		require.Equal(t, "n1", first.Leader)
		require.Equal(t, sdk.HealthOK, first.Health)
		require.Zero(t, first.StoredIndex)
		require.Equal(t, []sdk.Member{{NodeID: "n1", Role: sdk.RoleVoter}}, first.Members)
		propose(t, b, "a", "b")
		require.Equal(t, first, m.status(true), "indexes alone are reported now and then")
		start := time.Now()
		m.wait(t, func() bool { return m.last().CommitIndex == 2 && m.last().StoredIndex == 2 })
		require.Equal(t, time.Second, time.Since(start))
		shut(t, b)
	})
}

func TestAbilitiesAndClaims(t *testing.T) {
	b := local.New()
	require.Equal(t, local.Claims(), sdk.Claimed(b))
	_, ok := sdk.As[sdk.Compacter](b)
	require.True(t, ok)
	_, ok = sdk.As[sdk.Inspector](b)
	require.True(t, ok)
	_, ok = sdk.As[sdk.ConfigValidator](b)
	require.True(t, ok)
	_, ok = b.(sdk.ReadBarrierer)
	require.False(t, ok)
	_, ok = b.(sdk.Membership)
	require.False(t, ok)
}

func TestCloseWithoutOpen(t *testing.T) {
	b := local.New().(*local.Backend)
	shut(t, b)
	<-b.Done()
	require.NoError(t, b.Err())
	require.ErrorIs(t, b.Open(t.Context(), config(t.TempDir(), sdk.StartNew), newMachine()), sdk.ErrInternal)
}

func TestOpenTwice(t *testing.T) {
	dir := t.TempDir()
	b := open(t, config(dir, sdk.StartNew), newMachine())
	require.ErrorIs(t, b.Open(t.Context(), config(dir, sdk.StartRestart), newMachine()), sdk.ErrInternal)
	err := local.New().Open(t.Context(), config(dir, sdk.StartRestart), newMachine())
	require.ErrorIs(t, err, sdk.ErrConflict)
	require.ErrorContains(t, err, "in use by another process")
	require.ErrorIs(t, local.New().(sdk.Inspector).Inspect(t.Context(), config(dir, 0), newMachine()), sdk.ErrConflict)
	shut(t, b)
}
