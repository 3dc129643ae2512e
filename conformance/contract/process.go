package contract

import (
	"context"
	"fmt"
	"path/filepath"
	"syscall"
	"time"

	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/backendpb"
)

// processes is the family of the plugin's process: it lives as long as its session,
// and leaves nothing.
func processes() []trial.Case {
	process := []trial.Need{trial.NeedProcess, trial.NeedDirectory}
	const ends = "When the session ends, the process ends within 5 s and writes nothing more into its directory, which a successor can open at once."
	return []trial.Case{
		{
			ID: "PRC-001", Title: "SIGTERM and SIGINT during a session", Rule: "R17", Profile: trial.Core, Needs: process, Run: onOne(signalsAreIgnored),
			Promise: "A plugin lives exactly as long as its host: the signals that a whole group gets are the host's to answer.",
		},
		{
			ID: "PRC-002", Title: "the host ends the session without Close", Rule: "R13", Profile: trial.Core, Needs: process, Promise: ends,
			Run: ending("the session's stream was ended", func(h *rawHost) { _ = h.session.CloseSend() }),
		},
		{
			ID: "PRC-003", Title: "the connection is cut", Rule: "R13", Profile: trial.Core, Needs: process, Promise: ends,
			Run: ending("the connection was cut", func(h *rawHost) { _ = h.Conn().Close() }),
		},
		{
			ID: "PRC-004", Title: "the host is dead: its end of the death pipe closes", Rule: "R13", Profile: trial.Core, Needs: process, Promise: ends,
			Run: ending("the death pipe was closed", func(h *rawHost) { h.HangUp() }),
		},
		{
			ID: "PRC-005", Title: "the connection is cut while the window is full", Rule: "R13, R17", Profile: trial.Core, Needs: process, Run: cutWhileBlocked,
			Promise: "The session's end makes a blocked Apply return, and the process ends within 5 s.",
		},
		{
			ID: "PRC-006", Title: "a session without work", Rule: "R17", Profile: trial.Core, Needs: process, Run: onOne(idleSession),
			Promise: "A plugin doesn't end by itself while its session goes on.",
		},
		{
			ID: "PRC-007", Title: "Close, and then the end", Rule: "R12, R13", Profile: trial.Core, Needs: process, Run: endsByItself,
			Promise: "After Close and the session's end the process ends by itself, with exit status 0.",
		},
		{
			ID: "PRC-008", Title: "what is left when the backend has closed", Rule: "R12", Profile: trial.Core, Needs: process, Run: leavesNothing,
			Promise: "A plugin leaves no process behind, and writes into its data directory only.",
		},
		{
			ID: "PRC-009", Title: "what it prints", Rule: "docs/reference/plugin-contract.md", Profile: trial.Core, Needs: process, Run: printsLittle,
			Promise: "What a plugin prints is text or well-formed records of a log, and no more than people can read.",
		},
		{
			ID: "PRC-010", Title: "twelve sessions, one after the other", Rule: "R12", Profile: trial.Core, Needs: []trial.Need{trial.NeedDirectory}, Run: sessionsDontPileUp,
			Promise: "A session that was closed leaves nothing open, and its directory doesn't grow by being opened.",
		},
	}
}

func signalsAreIgnored(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	pid := n.Backend().(sdk.Informer).Info().PID
	var offers trial.Offers
	for i, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGTERM, syscall.SIGINT} {
		if err := syscall.Kill(pid, sig); err != nil {
			return trial.Harness(fmt.Errorf("sending %v to process %d: %w", sig, pid, err))
		}
		if err := offers.Load(ctx, n, fmt.Sprintf("signal-%d", i), 1, 5); err != nil {
			return fmt.Errorf("after %v: %w", sig, err)
		}
	}
	return offers.Settle(ctx, s, n.Machine)
}

// endings is how often a host goes. A backend may write on its own account at any
// time, so what it wrote between a look at its directory and its end says something
// only if that happens every time.
const endings = 3

// ending is a case in which the host goes without a word to the backend.
func ending(after string, end func(*rawHost)) func(context.Context, *trial.Stage) error {
	return func(ctx context.Context, s *trial.Stage) error {
		var wrote error
		for range endings {
			var err error
			if wrote, err = endOnce(ctx, s, after, end); err != nil {
				return err
			}
			if wrote == nil {
				return succeeds(ctx, s, after)
			}
		}
		return wrote
	}
}

// endOnce has a host go, and says what was written meanwhile.
func endOnce(ctx context.Context, s *trial.Stage, after string, end func(*rawHost)) (wrote, err error) {
	h, err := openRaw(ctx, s, usual)
	if err != nil {
		return nil, err
	}
	defer h.leave()
	if err := h.offered(ctx, 1, "before the end"); err != nil {
		return nil, err
	}
	dir := s.World.Config("n1").DataDir
	before, err := treeOf(dir)
	if err != nil {
		return nil, err
	}
	end(h)
	if err := h.awaitGone(ctx, after); err != nil {
		return nil, err
	}
	left, err := treeOf(dir)
	if err != nil {
		return nil, err
	}
	if err := before.changedTo(left); err != nil {
		wrote = fmt.Errorf("it wrote into its directory after %s, %d times of %d: %w", after, endings, endings, err)
	}
	return wrote, nil
}

// succeeds opens node n1 again, at once.
func succeeds(ctx context.Context, s *trial.Stage, after string) error {
	n, err := s.Start(ctx, "n1")
	if err != nil {
		return fmt.Errorf("its successor, after %s: %w", after, err)
	}
	if err := n.Propose(ctx, []byte("of the successor")); err != nil {
		return fmt.Errorf("its successor, after %s: %w", after, err)
	}
	return n.Close(ctx)
}

func cutWhileBlocked(ctx context.Context, s *trial.Stage) error {
	h, err := openRaw(ctx, s, func(h *backendpb.Hello) { h.WindowEntries = 2 })
	if err != nil {
		return err
	}
	defer h.leave()
	if err := h.offerMany(16, func(id uint64) string { return fmt.Sprintf("cut-%d", id) }); err != nil {
		return err
	}
	if err := h.delivered(ctx, 1); err != nil {
		return err
	}
	_ = h.Conn().Close()
	if err := h.awaitGone(ctx, "the connection was cut"); err != nil {
		return err
	}
	return succeeds(ctx, s, "it had waited for a window")
}

// idleSession can show only by waiting that nothing happens: what ends a second
// after Open would end any session.
func idleSession(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	second := time.NewTimer(time.Second)
	defer second.Stop()
	select {
	case <-n.Done():
	case <-second.C:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if end := n.Ended(); end != nil {
		return fmt.Errorf("it ended in mid-session: %w", end)
	}
	var offers trial.Offers
	if err := offers.Propose(ctx, n, "after a second"); err != nil {
		return err
	}
	return offers.Settle(ctx, s, n.Machine)
}

func endsByItself(ctx context.Context, s *trial.Stage) error {
	h, err := openRaw(ctx, s, usual)
	if err != nil {
		return err
	}
	defer h.leave()
	if err := h.offered(ctx, 1, "before Close"); err != nil {
		return err
	}
	if err := h.askClose(ctx); err != nil {
		return err
	}
	if err := succeeds(ctx, s, "Close, and while its process still lives"); err != nil {
		return err
	}
	if err := h.session.CloseSend(); err != nil {
		return trial.Harness(err)
	}
	if err := h.awaitGone(ctx, "Close and the session's end"); err != nil {
		return err
	}
	if how := h.Ended(); how != "exit status 0" {
		return fmt.Errorf("it ended with: %s", how)
	}
	return nil
}

func leavesNothing(ctx context.Context, s *trial.Stage) error {
	before, err := outsideData(s)
	if err != nil {
		return err
	}
	h, err := openRaw(ctx, s, usual)
	if err != nil {
		return err
	}
	defer h.leave()
	if err := h.offered(ctx, 1, "before Close"); err != nil {
		return err
	}
	if err := h.askClose(ctx); err != nil {
		return err
	}
	if err := noRelatives(h.PID()); err != nil {
		return err
	}
	if err := ownRoomIsEmpty(h.Dir()); err != nil {
		return err
	}
	after, err := outsideData(s)
	if err != nil {
		return err
	}
	if err := before.changedTo(after); err != nil {
		return fmt.Errorf("beside its data directory: %w", err)
	}
	return nil
}

// outsideData is what there is beside the data directory of node n1.
func outsideData(s *trial.Stage) (tree, error) {
	own, err := filepath.Rel(s.Dir, s.World.Config("n1").DataDir)
	if err != nil {
		return nil, trial.Harness(err)
	}
	t, err := treeOf(s.Dir, own)
	delete(t, filepath.Dir(own)) // made with it
	return t, err
}
