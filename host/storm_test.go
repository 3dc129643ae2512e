package host_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host/hosttest"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// Writers on two nodes, sessions that crash, proposals that fail in each way,
// compactions: whatever was acknowledged is there, on both nodes alike, and
// nothing that surely wasn't appended.
func TestNothingAcknowledgedIsLost(t *testing.T) { synctest.Test(t, storm) }

func storm(t *testing.T) {
	c := hosttest.Cluster(t, 2)
	l := &ledger{created: map[string]uint64{}, refused: map[string]bool{}, progress: make(chan struct{}, 1)}
	calm := make(chan struct{})
	var writers sync.WaitGroup
	for i := range 8 {
		writers.Go(func() { l.write(t, c, i, calm) })
	}
	for i := range 24 {
		for range 20 {
			<-l.progress
		}
		trouble(t, c, i)
	}
	close(calm)
	for done := stopped(&writers); ; {
		select {
		case <-l.progress:
			continue
		case <-done:
		}
		break
	}
	l.holdAgainst(t, c)
}

// ledger is what writers were told.
type ledger struct {
	mu       sync.Mutex
	created  map[string]uint64 // by name, the revision
	refused  map[string]bool
	progress chan struct{} // one for each answer
}

func (l *ledger) write(t *testing.T, c *hosttest.Nodes, writer int, calm <-chan struct{}) {
	t.Helper()
	for j := 0; ; j++ {
		select {
		case <-calm:
			return
		default:
		}
		name := fmt.Sprintf("t-%d-%d", writer, j)
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		w, err := c.Store((writer+j)%2).CreateTopic(ctx, topic(name))
		cancel()
		l.note(t, name, w.Revision, err)
		l.progress <- struct{}{}
	}
}

func (l *ledger) note(t *testing.T, name string, revision uint64, err error) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err == nil:
		l.created[name] = revision
	case errors.Is(err, sdk.ErrNotAppended):
		l.refused[name] = true
	case !errors.Is(err, sdk.ErrOutcomeUnknown):
		t.Errorf("%s: %v", name, err)
	}
}

func (l *ledger) holdAgainst(t *testing.T, c *hosttest.Nodes) {
	t.Helper()
	require.NotEmpty(t, l.created)
	at := map[uint64]string{}
	for _, s := range []metadata.Store{c.Store(0), c.Store(1)} {
		for name, revision := range l.created {
			got, err := s.Topic(t.Context(), name, metadata.Linearizable())
			require.NoErrorf(t, err, "acknowledged: %s", name)
			require.Equal(t, revision, got.Value.CreatedRevision)
			require.Contains(t, []string{"", name}, at[revision])
			at[revision] = name
		}
		for name := range l.refused {
			_, err := s.Topic(t.Context(), name)
			require.ErrorIsf(t, err, metadata.ErrNotFound, "surely not appended: %s", name)
		}
	}
	one, two := c.Store(0).Status(), c.Store(1).Status()
	require.Equal(t, one.Digest, two.Digest)
	require.Equal(t, 4, one.Plugin.Restarts+two.Plugin.Restarts)
	t.Logf("%d created, %d surely not", len(l.created), len(l.refused))
}

// trouble makes the i-th trouble, on each node in turn.
func trouble(t *testing.T, c *hosttest.Nodes, i int) {
	t.Helper()
	node := i / 6 % 2
	name := hosttest.Name(node)
	switch i % 6 {
	case 0:
		c.Log.End(name, errKilled)
	case 1:
		c.Log.FailPropose(name, &sdk.Error{Reason: sdk.ReasonNoQuorum, Outcome: sdk.NotAppended}, false)
	case 2:
		c.Log.FailPropose(name, &sdk.Error{Reason: sdk.ReasonTimeout}, true)
	case 3:
		c.Log.FailPropose(name, &sdk.Error{Reason: sdk.ReasonTimeout}, false)
	case 4:
		c.Log.Hold(name)
		_ = c.Store(1 - node).Compact(t.Context()) // its session may be gone just now
	case 5:
		c.Log.Release(name)
	}
}

func stopped(wg *sync.WaitGroup) <-chan struct{} {
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	return done
}
