package contract

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
)

// bytesFamily is R2 and R18: what comes back is what was proposed.
func bytesFamily() []trial.Case {
	const exact = "Data is exactly the proposed bytes: never merged, split, re-encoded or changed."
	return []trial.Case{
		{
			ID: "BYT-001", Title: "empty entries", Rule: "R2", Profile: trial.Core,
			Promise: "An empty entry is legal, and is delivered like any other.",
			Run:     delivers(func(*trial.Stage) [][]byte { return [][]byte{{}, []byte("between"), {}, {}} }),
		},
		{
			ID: "BYT-002", Title: "every byte", Rule: "R2", Profile: trial.Core, Promise: exact,
			Run: delivers(func(*trial.Stage) [][]byte { return everyByte() }),
		},
		{
			ID: "BYT-003", Title: "the largest entries", Rule: "R18", Profile: trial.Core,
			Promise: "An entry of 1 MiB + 64 KiB is taken, as is one that is a byte shorter.",
			Run: delivers(func(s *trial.Stage) [][]byte {
				return [][]byte{random(s, sdk.MaxEntrySize), random(s, sdk.MaxEntrySize-1), []byte("small"), random(s, sdk.MaxEntrySize)}
			}),
		},
		{
			ID: "BYT-004", Title: "an entry that is too large", Rule: "R18", Profile: trial.Core, Run: onOne(tooLarge),
			Promise: "A larger entry is refused as TOO_LARGE and NOT_APPENDED, and nothing else is touched.",
		},
		{
			ID: "BYT-005", Title: "the same bytes again", Rule: "R2", Profile: trial.Core,
			Promise: "Entries are told apart by their place alone: the same bytes proposed three times are three entries.",
			Run: delivers(func(*trial.Stage) [][]byte {
				return [][]byte{[]byte("same"), []byte("same"), []byte("other"), []byte("same")}
			}),
		},
		{
			ID: "BYT-006", Title: "a caller that reuses its buffer", Rule: "R2", Profile: trial.Core, Run: onOne(reusedBuffer),
			Promise: "Propose doesn't keep the caller's bytes: what happens to them afterwards changes nothing.",
		},
		{
			ID: "BYT-007", Title: "all sizes", Rule: "R2", Profile: trial.Core, Promise: exact,
			Run: delivers(allSizes),
		},
		{
			ID: "BYT-008", Title: "the same bytes after a restart", Rule: "R2, R4", Profile: trial.Core,
			Needs: []trial.Need{trial.NeedLasting}, Promise: exact, Run: onOne(bytesAgain),
		},
	}
}

func everyByte() [][]byte {
	all := make([]byte, 0, 256)
	var entries [][]byte
	for b := range 256 {
		entries = append(entries, []byte{byte(b)})
		all = append(all, byte(b))
	}
	return append(entries, all, bytes.Repeat(all, 20))
}

// allSizes are those around powers of two, where buffers and pages end.
func allSizes(s *trial.Stage) [][]byte {
	var entries [][]byte
	for size := 1; size <= 1<<17; size *= 2 {
		for _, n := range []int{size - 1, size, size + 1} {
			entries = append(entries, random(s, n))
		}
	}
	return entries
}

func random(s *trial.Stage, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(s.Rand.Uint32())
	}
	return b
}

// delivers proposes entries one after the other: exactly they must come.
func delivers(entries func(*trial.Stage) [][]byte) func(context.Context, *trial.Stage) error {
	return onOne(func(ctx context.Context, s *trial.Stage, n *trial.Session) error {
		return proposeAll(ctx, s, n, entries(s))
	})
}

func proposeAll(ctx context.Context, s *trial.Stage, n *trial.Session, entries [][]byte) error {
	for i, data := range entries {
		if err := n.Propose(ctx, data); err != nil {
			return fmt.Errorf("proposing entry %d of %d, %d bytes: %w", i+1, len(entries), len(data), err)
		}
	}
	if err := awaitCount(ctx, s, n.Machine, len(entries)); err != nil {
		return err
	}
	return exactly(n.Machine, entries)
}

// awaitCount waits until m has n entries.
func awaitCount(ctx context.Context, s *trial.Stage, m *trial.Machine, n int) error {
	ctx, cancel := s.Within(ctx)
	defer cancel()
	return m.Await(ctx, fmt.Sprintf("the delivery of %d entries", n), func() bool { return len(m.Entries()) >= n })
}

// exactly says that m has these entries, in this order, and no more.
func exactly(m *trial.Machine, want [][]byte) error {
	got := m.Entries()
	for i, w := range want {
		if i >= len(got) {
			break
		}
		if g := got[i].Data; !bytes.Equal(g, w) {
			return fmt.Errorf("entry %d of %d came as %s and was proposed as %s (R2)", i+1, len(want), trial.Show(g), trial.Show(w))
		}
	}
	if len(got) != len(want) {
		return fmt.Errorf("%d entries came, and %d were proposed (R2)", len(got), len(want))
	}
	return nil
}

func tooLarge(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	small := [][]byte{[]byte("before"), []byte("after")}
	if err := n.Propose(ctx, small[0]); err != nil {
		return err
	}
	for _, size := range []int{sdk.MaxEntrySize + 1, 2 * sdk.MaxEntrySize} {
		err := n.Propose(ctx, random(s, size))
		if !errors.Is(err, sdk.ErrTooLarge) || !errors.Is(err, sdk.ErrNotAppended) {
			return fmt.Errorf("an entry of %d bytes, where %d are allowed, should be refused as too large and not appended, and was answered: %w",
				size, sdk.MaxEntrySize, orNil(err))
		}
	}
	if err := n.Propose(ctx, small[1]); err != nil {
		return fmt.Errorf("after an entry that was too large: %w", err)
	}
	if err := awaitCount(ctx, s, n.Machine, 2); err != nil {
		return err
	}
	return exactly(n.Machine, small)
}

// errNil stands for an answer without an error, where one was due.
var errNil = errors.New("no error: acknowledged")

func orNil(err error) error {
	if err == nil {
		return errNil
	}
	return err
}

func reusedBuffer(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	buf := make([]byte, 1000)
	var want [][]byte
	for i := range 20 {
		for j := range buf {
			buf[j] = byte(i)
		}
		if err := n.Propose(ctx, buf); err != nil {
			return err
		}
		want = append(want, bytes.Clone(buf))
	}
	for j := range buf {
		buf[j] = 0xee
	}
	if err := awaitCount(ctx, s, n.Machine, len(want)); err != nil {
		return err
	}
	return exactly(n.Machine, want)
}

func bytesAgain(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	entries := append(everyByte()[200:], []byte{}, random(s, sdk.MaxEntrySize), []byte{}, random(s, 70_000))
	if err := proposeAll(ctx, s, n, entries); err != nil {
		return err
	}
	if err := n.Close(ctx); err != nil {
		return err
	}
	again, err := s.Start(ctx, "n1")
	if err != nil {
		return err
	}
	if err := awaitCount(ctx, s, again.Machine, len(entries)); err != nil {
		return fmt.Errorf("after a restart: %w", err)
	}
	return exactly(again.Machine, entries)
}
