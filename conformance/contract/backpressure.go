package contract

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/backendpb"
)

// backpressure is the family of hosts that are slow, and of those that ask for
// too much: nothing grows without bound, and nothing hangs.
func backpressure() []trial.Case {
	process := []trial.Need{trial.NeedProcess}
	return []trial.Case{
		{
			ID: "BPR-001", Title: "a window of eight entries", Rule: "R9", Profile: trial.Core, Needs: process, Run: windowOfEntries,
			Promise: "At most the window is delivered and unacknowledged, and all of it comes as the host applies.",
		},
		{
			ID: "BPR-002", Title: "a window of one entry", Rule: "R9", Profile: trial.Core, Needs: process, Run: windowOfOne,
			Promise: "At most the window is delivered and unacknowledged, and all of it comes as the host applies.",
		},
		{
			ID: "BPR-003", Title: "a window of bytes", Rule: "R9", Profile: trial.Core, Needs: process, Run: windowOfBytes,
			Promise: "The window bounds the bytes that are delivered and unacknowledged, too.",
		},
		{
			ID: "BPR-004", Title: "pings while the window is full", Rule: "R10", Profile: trial.Core, Needs: process, Run: pingsInAFullWindow,
			Promise: "A ping is answered while the backend waits for the host.",
		},
		{
			ID: "BPR-005", Title: "pings under load", Rule: "R10", Profile: trial.Core, Needs: process, Run: pingsUnderLoad,
			Promise: "A ping is answered while the backend is busy.",
		},
		{
			ID: "BPR-006", Title: "a host that applies nothing any more", Rule: "R17", Profile: trial.Core, Needs: process, Run: stuckHost,
			Promise: "A host that lets Apply block beyond the bound has its session ended: the status says FAILED, and the process ends.",
		},
		{
			ID: "BPR-007", Title: "Close while Apply is blocked", Rule: "R12, R17", Profile: trial.Core, Run: onOne(closeWhileBlocked),
			Promise: "Close ends the context of a blocked Apply, and keeps its deadline.",
		},
		{
			ID: "BPR-008", Title: "more proposals at once than were agreed", Rule: "R8, R9", Profile: trial.Core, Needs: process, Run: tooManyProposals,
			Promise: "A proposal beyond the agreed number is answered OVERLOADED and NOT_APPENDED, and is never delivered; none waits for ever.",
		},
	}
}

func windowOfEntries(ctx context.Context, s *trial.Stage) error {
	return throughWindow(ctx, s, func(h *backendpb.Hello) { h.WindowEntries = 8 }, 64, 10)
}

func windowOfOne(ctx context.Context, s *trial.Stage) error {
	return throughWindow(ctx, s, func(h *backendpb.Hello) { h.WindowEntries = 1 }, 16, 10)
}

// windowOfBytes has room for three entries.
func windowOfBytes(ctx context.Context, s *trial.Stage) error {
	return throughWindow(ctx, s, func(h *backendpb.Hello) { h.WindowBytes = sdk.MaxEntrySize }, 10, sdk.MaxEntrySize*3/10)
}

// throughWindow has n entries delivered to a host that applies only what it must,
// and that pings in between: what a plugin would send beyond the window has come
// by the answer, or comes before the next.
func throughWindow(ctx context.Context, s *trial.Stage, change func(*backendpb.Hello), n, size int) error {
	h, err := openRaw(ctx, s, change)
	if err != nil {
		return err
	}
	defer h.leave()
	filler := strings.Repeat("w", size)
	if err := h.offerMany(n, func(id uint64) string { return fmt.Sprintf("%d-%s", id, filler) }); err != nil {
		return err
	}
	for applied := 0; applied < n; {
		if err := h.delivered(ctx, applied+1); err != nil {
			return fmt.Errorf("the host has applied %d entries: %w", applied, err)
		}
		if err := errors.Join(h.ping(ctx), h.ping(ctx)); err != nil {
			return err
		}
		position, entries := h.reached()
		applied = entries
		if err := h.applied(position); err != nil {
			return err
		}
	}
	return errors.Join(h.answered(ctx, n), h.allAcknowledged(n), h.ping(ctx))
}

func pingsInAFullWindow(ctx context.Context, s *trial.Stage) error {
	h, err := openRaw(ctx, s, func(h *backendpb.Hello) { h.WindowEntries = 4 })
	if err != nil {
		return err
	}
	defer h.leave()
	if err := h.offerMany(32, func(id uint64) string { return fmt.Sprintf("full-%d", id) }); err != nil {
		return err
	}
	if err := h.delivered(ctx, 1); err != nil {
		return err
	}
	for range 10 {
		if err := h.ping(ctx); err != nil {
			return err
		}
	}
	return nil
}

func pingsUnderLoad(ctx context.Context, s *trial.Stage) error {
	h, err := openRaw(ctx, s, usual)
	if err != nil {
		return err
	}
	defer h.leave()
	const rounds, each = 20, 10
	filler := strings.Repeat("b", 16<<10)
	for i := range rounds {
		for j := range each {
			id := uint64(i*each + j + 1)
			if err := h.offer(id, fmt.Sprintf("%d-%s", id, filler)); err != nil {
				return err
			}
		}
		if err := h.ping(ctx); err != nil {
			return err
		}
	}
	return errors.Join(h.answered(ctx, rounds*each), h.allAcknowledged(rounds*each), h.delivered(ctx, rounds*each))
}

func stuckHost(ctx context.Context, s *trial.Stage) error {
	h, err := openRaw(ctx, s, func(h *backendpb.Hello) { h.WindowEntries, h.ApplyStallMs = 2, 300 })
	if err != nil {
		return err
	}
	defer h.leave()
	if err := h.offerMany(16, func(id uint64) string { return fmt.Sprintf("stuck-%d", id) }); err != nil {
		return err
	}
	if err := h.await(ctx, "a status of health FAILED, 300 ms after the window had filled,", func() bool {
		return h.status.GetHealth() == backendpb.Health_HEALTH_FAILED
	}); err != nil {
		return err
	}
	if _, err := h.awaitEnd(ctx); err != nil {
		return err
	}
	return h.awaitGone(ctx, "it had said that its host is stuck")
}

func closeWhileBlocked(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	release := n.Machine.Hold()
	defer release()
	var offers trial.Offers
	var wg sync.WaitGroup
	defer wg.Wait()
	for w := range 8 {
		wg.Go(func() { _ = offers.Propose(ctx, n, fmt.Sprintf("blocked-%d", w)) }) // the session's end may leave them open
	}
	within, cancel := s.Within(ctx)
	defer cancel()
	if err := n.Machine.Await(within, "a delivery", func() bool { return n.Machine.Counts().Held > 0 }); err != nil {
		return err
	}
	if err := n.Close(ctx); err != nil {
		return fmt.Errorf("the host's Apply waits for its context: %w", err)
	}
	return nil
}

func tooManyProposals(ctx context.Context, s *trial.Stage) error {
	h, err := openRaw(ctx, s, func(h *backendpb.Hello) { h.MaxProposals = 2 })
	if err != nil {
		return err
	}
	defer h.leave()
	const n = 300
	data := func(id uint64) string { return fmt.Sprintf("many-%d", id) }
	if err := h.offerMany(n, data); err != nil {
		return err
	}
	if err := h.answered(ctx, n); err != nil {
		return err
	}
	if err := h.offered(ctx, n+1, data(n+1)); err != nil { // what was committed before it has come when it has
		return fmt.Errorf("when the load was over: %w", err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for id := uint64(1); id <= n; id++ {
		if err := overloadedOrCommitted(h.replies[id], h.count(data(id))); err != nil {
			return fmt.Errorf("proposal %d of %d at once, where 2 were agreed: %w", id, n, err)
		}
	}
	return nil
}

func overloadedOrCommitted(f *backendpb.Failure, times int) error {
	switch {
	case f == nil && times != 1:
		return fmt.Errorf("it was acknowledged, and delivered %d times", times)
	case f == nil:
		return nil
	case f.GetReason() != backendpb.Reason_REASON_OVERLOADED || f.GetOutcome() != backendpb.Outcome_OUTCOME_NOT_APPENDED:
		return fmt.Errorf("it was answered %w", failed(f))
	case times != 0:
		return fmt.Errorf("it was answered %w, and delivered %d times", failed(f), times)
	}
	return nil
}
