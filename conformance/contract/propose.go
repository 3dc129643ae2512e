package contract

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
)

// propose is R8 and R9: what an answer to Propose may be believed to mean.
func propose() []trial.Case {
	const honest = "Nil: committed, and delivered here. NOT_APPENDED: never delivered anywhere. Anything else: at most once."
	return []trial.Case{
		{
			ID: "PRP-001", Title: "an acknowledged entry", Rule: "R8", Profile: trial.Core, Run: onOne(acknowledged),
			Promise: "What Propose answers with nil is delivered on this node.",
		},
		{
			ID: "PRP-002", Title: "a caller who had given up before", Rule: "R8", Profile: trial.Core, Run: onOne(givenUp),
			Promise: honest,
		},
		{
			ID: "PRP-003", Title: "deadlines that pass in the middle", Rule: "R8", Profile: trial.Core, Run: onOne(deadlines),
			Promise: honest,
		},
		{
			ID: "PRP-004", Title: "after Close", Rule: "R8, R12", Profile: trial.Core, Run: onOne(afterClose),
			Promise: "After Close nothing is acknowledged, and nobody waits.",
		},
		{
			ID: "PRP-005", Title: "three thousand proposals at once", Rule: "R9", Profile: trial.Core, Run: onOne(flood),
			Promise: "Beyond what may be under way at once, Propose answers OVERLOADED and NOT_APPENDED; every caller gets an honest answer.",
		},
		{
			ID: "PRP-006", Title: "Close while proposals are under way", Rule: "R8, R12", Profile: trial.Core, Run: onOne(closeUnderLoad),
			Promise: "Close leaves nobody waiting, and every answer stays true.",
		},
		{
			ID: "PRP-007", Title: "a caller that gives up among others", Rule: "R8", Profile: trial.Core, Run: onOne(neighbours),
			Promise: "A caller that gives up takes nobody else with it.",
		},
		{
			ID: "PRP-008", Title: "a deadline while the state machine is busy", Rule: "R8, R9", Profile: trial.Core, Run: onOne(busyMachine),
			Promise: "Propose returns when its context ends, whatever the state machine does.",
		},
		{
			ID: "PRP-009", Title: "a state machine that fails", Rule: "R1", Profile: trial.Core, Run: onOne(failedMachine),
			Promise: "After an error of the state machine it isn't called again, and nothing is acknowledged on its behalf.",
		},
	}
}

func acknowledged(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	var offers trial.Offers
	for i := range 20 {
		if err := offers.Propose(ctx, n, fmt.Sprintf("a%d", i)); err != nil {
			return err
		}
		if err := offers.Settle(ctx, s, n.Machine); err != nil {
			return err
		}
	}
	return nil
}

func givenUp(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	over, cancel := context.WithCancel(ctx)
	cancel()
	var offers trial.Offers
	for i := range 50 {
		_ = offers.Propose(over, n, fmt.Sprintf("late-%d", i)) // any answer is fine that is true
		if err := offers.Propose(ctx, n, fmt.Sprintf("good-%d", i)); err != nil {
			return fmt.Errorf("a good proposal among given up ones: %w", err)
		}
	}
	return offers.Settle(ctx, s, n.Machine)
}

func deadlines(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	var offers trial.Offers
	var wg sync.WaitGroup
	for i := range 300 {
		patience := time.Duration(s.Rand.IntN(3000)) * time.Microsecond
		wg.Go(func() {
			short, cancel := context.WithTimeout(ctx, patience)
			defer cancel()
			_ = offers.Propose(short, n, fmt.Sprintf("short-%d", i)) // any answer is fine that is true
		})
	}
	wg.Wait()
	if err := offers.Propose(ctx, n, "last"); err != nil {
		return fmt.Errorf("after proposals whose time was up: %w", err)
	}
	if err := hung(&offers); err != nil {
		return err
	}
	return offers.Settle(ctx, s, n.Machine)
}

// hung is the first proposal that never came back.
func hung(offers *trial.Offers) error {
	for _, o := range offers.All() {
		if trial.IsHang(o.Err) {
			return fmt.Errorf("proposal %s: %w", trial.Show([]byte(o.Data)), o.Err)
		}
	}
	return nil
}

func afterClose(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	if err := n.Propose(ctx, []byte("before")); err != nil {
		return err
	}
	if err := n.Close(ctx); err != nil {
		return err
	}
	err := n.Propose(ctx, []byte("after"))
	switch {
	case err == nil:
		return errors.New("a proposal after Close was acknowledged")
	case trial.IsHang(err):
		return err
	case errors.Is(err, sdk.ErrTimeout) || errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("a proposal after Close waited until its time was up: %w", err)
	}
	return nil
}

func flood(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	var offers trial.Offers
	var wg sync.WaitGroup
	for i := range 3000 {
		wg.Go(func() { _ = offers.Propose(ctx, n, fmt.Sprintf("flood-%d", i)) }) // judged below
	}
	wg.Wait()
	for _, o := range offers.All() {
		if o.Err != nil && !o.Refused() {
			return fmt.Errorf("proposal %s of a flood has an unknown outcome, and nothing had failed: %w", o.Data, o.Err)
		}
	}
	if offers.Acknowledged() == 0 {
		return errors.New("none of 3000 proposals was taken")
	}
	if err := offers.Propose(ctx, n, "after the flood"); err != nil {
		return fmt.Errorf("after the flood: %w", err)
	}
	return offers.Settle(ctx, s, n.Machine)
}

func closeUnderLoad(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	var offers trial.Offers
	var wg sync.WaitGroup
	for w := range 16 {
		wg.Go(func() { _ = offers.Load(ctx, n, fmt.Sprintf("w%d", w), 1, 100_000) }) // ends with the session
	}
	within, cancel := s.Within(ctx)
	defer cancel()
	err := n.Machine.Await(within, "a hundred deliveries", func() bool { return len(n.Machine.Entries()) >= 100 })
	closed := n.Close(ctx)
	wg.Wait()
	if err := errors.Join(err, closed, hung(&offers)); err != nil {
		return err
	}
	if !s.Lasting() {
		return nothingRefused(&offers, n.Machine)
	}
	again, err := s.Start(ctx, "n1")
	if err != nil {
		return err
	}
	return offers.Settle(ctx, s, again.Machine)
}

// nothingRefused is what can be said of a session whose end took the log along.
func nothingRefused(offers *trial.Offers, m *trial.Machine) error {
	there := map[string]int{}
	for _, e := range m.Entries() {
		there[string(e.Data)]++
	}
	for _, o := range offers.All() {
		if n := there[o.Data]; o.Refused() && n > 0 || n > 1 {
			return fmt.Errorf("%s was answered %w, and was delivered %d times (R8)", o.Data, orNil(o.Err), n)
		}
	}
	return nil
}

func neighbours(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	var offers trial.Offers
	var wg sync.WaitGroup
	errs := make(chan error, 100)
	for i := range 100 {
		wg.Go(func() { errs <- offers.Propose(ctx, n, fmt.Sprintf("stay-%d", i)) })
		leaving, cancel := context.WithCancel(ctx)
		wg.Go(func() { _ = offers.Propose(leaving, n, fmt.Sprintf("leave-%d", i)) }) // any answer is fine that is true
		cancel()
	}
	wg.Wait()
	for range 100 {
		if err := <-errs; err != nil {
			return fmt.Errorf("a proposal beside ones that were given up: %w", err)
		}
	}
	return offers.Settle(ctx, s, n.Machine)
}

func busyMachine(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	var offers trial.Offers
	release := n.Machine.Hold()
	defer release()
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
			defer cancel()
			_ = offers.Propose(short, n, fmt.Sprintf("busy-%d", i)) // any answer is fine that is true
		})
	}
	wg.Wait()
	release()
	if err := hung(&offers); err != nil {
		return err
	}
	if err := offers.Propose(ctx, n, "last"); err != nil {
		return fmt.Errorf("once the state machine went on: %w", err)
	}
	return offers.Settle(ctx, s, n.Machine)
}

var errMachine = errors.New("the state machine can't apply this entry")

// failedMachine has the host refuse an entry, as one that halts does.
func failedMachine(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	if err := n.Propose(ctx, []byte("good")); err != nil {
		return err
	}
	if err := awaitCount(ctx, s, n.Machine, 1); err != nil {
		return err
	}
	n.Machine.FailWith(errMachine)
	_ = n.Propose(ctx, []byte("poison")) // it may be committed already
	within, cancel := s.Within(ctx)
	defer cancel()
	if err := n.Machine.Await(within, "the entry that the state machine refuses", func() bool { return n.Machine.Counts().Refused > 0 }); err != nil {
		return err
	}
	for range 3 {
		_ = n.Propose(ctx, []byte("more")) // whatever it answers, nobody may be called for it
	}
	short, cancelShort := context.WithTimeout(ctx, overrun)
	defer cancelShort()
	again := n.Machine.Await(short, "another call", func() bool { return n.Machine.Counts().Refused > 1 })
	n.Forget(ctx)
	if again == nil {
		return errors.New("the state machine was called again after it had failed: its error ends the session")
	}
	return nil
}
