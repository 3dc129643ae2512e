package host

import (
	"context"
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

// run proposes through s until ctx ends. What is still queued then waits for
// the next session.
func (p *proposer) run(ctx context.Context, s *session) {
	for {
		calls := p.queue.take(ctx)
		if calls == nil {
			return
		}
		p.propose(ctx, s.backend, calls)
	}
}

// propose sends one entry. Its callers hear from here only if it is surely in
// no log; otherwise the replica answers, or their own deadline.
func (p *proposer) propose(ctx context.Context, b sdk.Backend, calls []*call) {
	entry := p.author.events(calls)
	p.waiters.sent(calls, entryID(entry.GetId()))
	data, err := encodeEntry(entry)
	if err != nil {
		p.waiters.fail(calls, notAppended(sdk.ReasonInternal, "the entry can't be encoded", err))
		return
	}
	ctx, cancel := context.WithTimeout(ctx, proposeTimeout)
	defer cancel()
	if err := b.Propose(ctx, data); err != nil {
		if sdk.OutcomeOf(err) == sdk.NotAppended {
			p.waiters.fail(calls, err)
			return
		}
		p.log.Debug("a proposal's outcome is unknown", "events", len(calls), "error", err)
	}
}
