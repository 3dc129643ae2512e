package dragonboat_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

// Nothing, one byte, and whatever the library might take for something of its own.
func TestEntriesOfAllKinds(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	want := []string{}
	for i, data := range []string{"", "\x00", "\x01", "\x01\x01", "", strings.Repeat("\x00", 100), "\xff\xfe", strings.Repeat("z", 1<<20), ""} {
		n := c.Nodes[c.Peers[i%3].NodeID]
		require.NoError(t, n.Propose(data))
		want = append(want, data)
	}
	c.Same()
	require.Equal(t, want, c.Leader().Entries())
	for _, n := range c.Nodes {
		require.NoError(t, n.Barrier())
		require.NoError(t, n.Compact())
	}
	require.NoError(t, c.Leader().Propose(""))
	c.Same()
	c.RestartAll()
	for _, n := range c.Nodes {
		require.NoError(t, n.Barrier())
		require.Equal(t, append(slices.Clone(want), ""), n.Entries())
	}
}

// fates is what the proposers of one entry each were told.
type fates struct {
	mu   sync.Mutex
	told map[string]sdk.Outcome // committed ones aren't in it
	all  []string
}

func (f *fates) note(data string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all = append(f.all, data)
	if err != nil {
		f.told[data] = sdk.OutcomeOf(err)
	}
}

// hold compares what was told with what was delivered.
func (f *fates) hold(t *testing.T, delivered []string) {
	t.Helper()
	times := map[string]int{}
	for _, data := range delivered {
		times[data]++
	}
	for _, data := range f.all {
		outcome, failed := f.told[data]
		switch {
		case !failed:
			require.Equal(t, 1, times[data], "%s was acknowledged", data)
		case outcome == sdk.NotAppended:
			require.Zero(t, times[data], "%s was said to be nowhere", data)
		default:
			require.LessOrEqual(t, times[data], 1, data)
		}
	}
}

// Hundreds propose at once, on all nodes, while leadership is handed on and snapshots
// are taken: nothing is lost, doubled or out of order.
func TestManyProposersUnderTransfers(t *testing.T) {
	c := startCluster(t, 3)
	f := &fates{told: map[string]sdk.Outcome{}}
	ctx, stop := context.WithCancel(t.Context())
	var disturbing, proposing sync.WaitGroup
	disturbing.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			n := c.Nodes[c.Peers[i%3].NodeID]
			_ = n.Backend.(sdk.Transferer).TransferLeadership(ctx, c.Peers[(i+1)%3].NodeID)
			_ = n.Backend.(sdk.Compacter).Compact(ctx)
		}
	})
	for p := range 300 {
		n := c.Nodes[c.Peers[p%3].NodeID]
		proposing.Go(func() {
			for i := range 8 {
				data := fmt.Sprintf("%d/%d", p, i)
				f.note(data, n.Propose(data))
			}
		})
	}
	proposing.Wait()
	stop()
	disturbing.Wait()
	for _, n := range c.Nodes {
		require.Eventually(t, func() bool { return n.Barrier() == nil }, soonest, tick)
	}
	c.Same()
	for _, n := range c.Nodes {
		f.hold(t, n.Entries())
		raw := n.Raw()
		require.True(t, slices.IsSortedFunc(raw, func(a, b sdk.Entry) int { return int(a.Index) - int(b.Index) }))
	}
	require.Greater(t, len(c.Leader().Entries()), 1200, "more than half were to be written")
	t.Logf("%d of %d weren't acknowledged", len(f.told), len(f.all))
	entries := c.Leader().Entries()
	c.RestartAll()
	for _, n := range c.Nodes {
		require.NoError(t, n.Barrier())
		require.Equal(t, entries, n.Entries())
	}
}

// More than a node may hold is refused as overload, at once and surely nowhere, and
// taken again when there is room, some eleven election timeouts later.
func TestOverload(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 1)
	n := c.Nodes["n1"]
	n.Options = json.RawMessage(`{"heartbeat_interval": "30ms", "election_timeout": "300ms", "max_unapplied": 4194304}`)
	n.Open()
	n.Ready()
	n.Write("before")
	release := n.HoldApply()
	defer release()
	ctx, cancel := context.WithTimeout(t.Context(), soonest)
	defer cancel()
	var proposing sync.WaitGroup
	overloaded, taken := make(chan struct{}), 0
	refused := sync.OnceFunc(func() { close(overloaded) })
	next := time.NewTicker(tick)
	defer next.Stop()
	for waiting := true; waiting; taken++ {
		proposing.Go(func() {
			err := n.Backend.Propose(ctx, make([]byte, 256<<10))
			if errors.Is(err, sdk.ErrOverloaded) && errors.Is(err, sdk.ErrNotAppended) {
				refused()
			}
		})
		select {
		case <-overloaded:
			waiting = false
		case <-ctx.Done():
			require.FailNow(t, "nobody was refused", "%d times 256 KiB were taken into 4 MiB", taken)
		case <-next.C:
		}
	}
	require.Less(t, taken, 1000)
	release()
	proposing.Wait()
	require.Eventually(t, func() bool { return n.Propose("after") == nil }, soonest, tick)
}
