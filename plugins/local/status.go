package local

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chronik-stream/metalog/sdk"
)

// reportEvery is how old the indexes of a status may get. Changes of health
// are reported at once.
const reportEvery = time.Second

// gauge is what the session's goroutines tell each other and the status.
type gauge struct {
	commit  atomic.Uint64 // the last index on disk
	covered atomic.Uint64 // the index of the last snapshot
	limit   atomic.Int64  // bytes of entries beyond which compaction is due

	mu     sync.Mutex
	health sdk.Health
	reason string
}

func (g *gauge) set(h sdk.Health, reason string) (changed bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	changed = g.health != h
	g.health, g.reason = h, reason
	return changed
}

func (s *session) healthy() {
	if s.state.set(sdk.HealthOK, "") {
		signal(s.shown)
	}
}

func (s *session) degraded(reason string) {
	if s.state.set(sdk.HealthDegraded, reason) {
		signal(s.shown)
	}
}

func (s *session) status() sdk.Status {
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	commit := s.state.commit.Load()
	return sdk.Status{
		CanPropose: s.state.health != sdk.HealthFailed, Leader: s.node,
		Health: s.state.health, Reason: s.state.reason,
		CommitIndex: commit, StoredIndex: commit,
		Members: []sdk.Member{{NodeID: s.node, Role: sdk.RoleVoter, MatchIndex: commit}},
		Details: map[string]string{
			"entries_bytes":  strconv.FormatInt(s.log.Size(), 10),
			"snapshot_index": strconv.FormatUint(s.state.covered.Load(), 10),
		},
	}
}

// report tells the host of changes: of health at once, of the indexes now and
// then.
func (s *session) report(ctx context.Context) error {
	tick := time.NewTicker(reportEvery)
	defer tick.Stop()
	last := s.stored
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.shown:
		case <-tick.C:
			if s.state.commit.Load() == last {
				continue
			}
		}
		st := s.status()
		last = st.CommitIndex
		s.sm.SetStatus(st)
	}
}

// signal leaves at most one token: whoever takes it looks at everything.
func signal(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}
