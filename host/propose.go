package host

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/chronik-stream/metalog/sdk"
)

const (
	// proposers is how many entries of events are under way at once. More make
	// entries smaller, and were measured to be slower.
	proposers = 2
	// proposeTimeout bounds one proposal. It has its own time: a caller that
	// gives up doesn't cancel its neighbours.
	proposeTimeout = 10 * time.Second
)

// proposer turns queued calls into entries: all that wait at a moment become
// one. Each session runs as many as there may be entries under way.
type proposer struct {
	queue   *queue
	waiters *waiters
	author  *author
	log     *slog.Logger
}

// run proposes through s until ctx ends or s is failing. What is still queued
// then waits for the next session.
func (p *proposer) run(ctx context.Context, s *session) {
	for {
		calls := p.queue.take(s.failing)
		if calls == nil {
			return
		}
		if err := p.propose(ctx, s.backend, calls); errors.Is(err, sdk.ErrClosed) {
			// The backend is gone before the session knows it: what is queued
			// must not be used up meanwhile.
			s.fail(fmt.Errorf("the backend takes no proposals any more: %w", err))
		}
	}
}

// propose sends one entry and returns the backend's error. The callers hear from
// here only if it is surely in no log; otherwise the replica answers, or their
// own deadline. What a session that is over surely didn't take goes back into
// the queue, for the next one.
func (p *proposer) propose(session context.Context, b sdk.Backend, calls []*call) error {
	entry := p.author.events(calls)
	p.waiters.sent(calls, entryID(entry.GetId()))
	data, err := encodeEntry(entry)
	if err != nil {
		p.waiters.fail(calls, notAppended(sdk.ReasonInternal, "the entry can't be encoded", err))
		return nil
	}
	ctx, cancel := context.WithTimeout(session, proposeTimeout)
	defer cancel()
	err = b.Propose(ctx, data)
	switch {
	case err == nil:
	case sdk.OutcomeOf(err) == sdk.Unknown:
		p.log.Debug("a proposal's outcome is unknown", "events", len(calls), "error", err)
	case errors.Is(err, sdk.ErrClosed), session.Err() != nil:
		p.queue.putBack(p.waiters.unsent(calls))
	default:
		p.waiters.fail(calls, err)
	}
	return err
}
