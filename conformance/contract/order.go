package contract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
)

// order is the family of R1: one sequence, complete, and only one goroutine that
// tells it.
func order() []trial.Case {
	const rule = "R1"
	return []trial.Case{
		{
			ID: "ORD-001", Title: "proposals one after the other", Rule: rule, Profile: trial.Core, Run: onOne(oneByOne),
			Promise: "An entry that was acknowledged before the next was proposed is delivered before it.",
		},
		{
			ID: "ORD-002", Title: "proposals of sixteen writers at once", Rule: rule, Profile: trial.Core, Run: onOne(manyWriters),
			Promise: "Of what is proposed at once, each entry is delivered once, and each writer's in its order.",
		},
		{
			ID: "ORD-003", Title: "five thousand entries", Rule: rule, Profile: trial.Core, Run: onOne(manyEntries),
			Promise: "Every acknowledged entry is delivered: none is lost, doubled or swapped.",
		},
		{
			ID: "ORD-004", Title: "a state machine that is slow", Rule: rule, Profile: trial.Core, Run: onOne(slowMachine),
			Promise: "The state machine is called by one goroutine at a time, in log order, however slow it is.",
		},
		{
			ID: "ORD-005", Title: "the same log after a restart", Rule: "R1, R4", Profile: trial.Core,
			Needs: []trial.Need{trial.NeedLasting}, Run: onOne(sameLogAgain),
			Promise: "What is delivered again after a restart has the index and the bytes it had.",
		},
	}
}

func oneByOne(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	var offers trial.Offers
	if err := offers.Load(ctx, n, "one", 1, 200); err != nil {
		return err
	}
	return errors.Join(offers.Settle(ctx, s, n.Machine), inOrder(n.Machine, "one", 1))
}

func manyWriters(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	var offers trial.Offers
	if err := offers.Load(ctx, n, "many", 16, 50); err != nil {
		return err
	}
	return errors.Join(offers.Settle(ctx, s, n.Machine), inOrder(n.Machine, "many", 16))
}

// manyEntries proposes more than one delivery, one page or one batch can hold.
func manyEntries(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	var offers trial.Offers
	if err := offers.Load(ctx, n, "all", 64, 80); err != nil {
		return err
	}
	return errors.Join(offers.Settle(ctx, s, n.Machine), inOrder(n.Machine, "all", 64))
}

// inOrder says that each writer's entries came as it proposed them.
func inOrder(m *trial.Machine, prefix string, writers int) error {
	next := make([]int, writers)
	for _, e := range m.Entries() {
		var w, i int
		if _, err := fmt.Sscanf(string(e.Data), prefix+"-%d-%d", &w, &i); err != nil {
			return fmt.Errorf("entry %d, %s, isn't what was proposed (R2)", e.Index, trial.Show(e.Data))
		}
		if i != next[w] {
			return fmt.Errorf("entry %d is %s, and writer %d's next was %d: it had proposed them one after the other (R1)", e.Index, trial.Show(e.Data), w, next[w])
		}
		next[w]++
	}
	return nil
}

// overrun is how long a backend gets for a call that it mustn't make: that nothing
// happens can't be waited for otherwise.
const overrun = 1500 * time.Millisecond

// slowMachine holds Apply back while more is proposed, then lets go.
func slowMachine(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	var offers trial.Offers
	release := n.Machine.Hold()
	defer release()
	var wg sync.WaitGroup
	propose := func(prefix string) {
		for w := range 8 {
			wg.Go(func() { _ = offers.Propose(ctx, n, fmt.Sprintf("%s-%d-0", prefix, w)) }) // its outcome is judged below
		}
	}
	propose("slow")
	within, cancel := s.Within(ctx)
	defer cancel()
	if err := n.Machine.Await(within, "the first delivery", func() bool { return n.Machine.Counts().Held > 0 }); err != nil {
		return err
	}
	propose("behind")
	short, cancelShort := context.WithTimeout(ctx, overrun)
	defer cancelShort()
	_ = n.Machine.Await(short, "a call beside", func() bool { return false }) // ends early if a promise is broken
	release()
	wg.Wait()
	return offers.Settle(ctx, s, n.Machine)
}

func sameLogAgain(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	var offers trial.Offers
	if err := offers.Load(ctx, n, "again", 4, 50); err != nil {
		return err
	}
	if err := offers.Settle(ctx, s, n.Machine); err != nil {
		return err
	}
	if err := n.Close(ctx); err != nil {
		return err
	}
	second, err := s.Start(ctx, "n1")
	if err != nil {
		return err
	}
	if err := offers.Settle(ctx, s, second.Machine); err != nil {
		return fmt.Errorf("after a restart: %w", err)
	}
	return sameEntries(n.Machine.Entries(), second.Machine.Entries())
}

// sameEntries says that one log has all of the other.
func sameEntries(want, got []sdk.Entry) error {
	if len(want) > len(got) {
		return fmt.Errorf("%d entries came, and there had been %d", len(got), len(want))
	}
	for i, w := range want {
		if g := got[i]; g.Index != w.Index || !bytes.Equal(g.Data, w.Data) {
			return fmt.Errorf("entry %d, %s, had index %d and was %s", g.Index, trial.Show(g.Data), w.Index, trial.Show(w.Data))
		}
	}
	return nil
}
