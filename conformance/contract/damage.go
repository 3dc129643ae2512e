package contract

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/chronik-stream/metalog/conformance/trial"
)

// damage is the family of what a disk does to a directory between two sessions.
// A backend opens it with all that was acknowledged, or says what is wrong.
func damage() []trial.Case {
	const (
		rule    = "R3, R7, R16"
		promise = "Open delivers all that was acknowledged, or refuses by a terminal reason and changes nothing: it never starts empty, and never delivers other bytes."
	)
	directory := []trial.Need{trial.NeedDirectory, trial.NeedLasting}
	return []trial.Case{
		{
			ID: "DMG-001", Title: "a copy of the directory", Rule: rule, Profile: trial.Durable, Needs: directory, Run: intactCopy,
			Promise: "The data directory is all that a backend keeps: a copy of it, made while it is closed, is as good.",
		},
		{
			ID: "DMG-002", Title: "garbage at the end of each file", Rule: rule, Profile: trial.Durable, Needs: directory, Run: damagedBy(garbage),
			Promise: promise, Timeout: manyOpens,
		},
		{
			ID: "DMG-003", Title: "each file cut short", Rule: rule, Profile: trial.Durable, Needs: directory, Run: damagedBy(cutShort),
			Promise: promise, Timeout: manyOpens,
		},
		{
			ID: "DMG-004", Title: "each file missing", Rule: rule, Profile: trial.Durable, Needs: directory, Run: damagedBy(missing),
			Promise: promise, Timeout: manyOpens,
		},
		{
			ID: "DMG-005", Title: "a bit flipped somewhere in each file", Rule: rule, Profile: trial.Durable, Needs: directory, Run: damagedBy(flippedBits),
			Promise: promise, Timeout: manyOpens,
		},
		{
			ID: "DMG-006", Title: "all files but IDENTITY missing", Rule: "R16", Profile: trial.Durable, Needs: directory, Run: wiped,
			Promise: "A half-wiped directory is refused by name; it isn't begun anew.",
		},
		{
			ID: "DMG-007", Title: "an older copy of the directory, under a host that is ahead of it", Rule: "R7", Profile: trial.Durable, Needs: directory, Run: older,
			Promise: "A backend that holds less than the host has applied is refused, or its stored_index says so after Open.",
		},
	}
}

// manyOpens is for cases that start dozens of processes, each of which may have to
// elect itself.
const manyOpens = 10 * time.Minute

// harm is one thing that may happen to a file.
type harm struct {
	file   string
	what   string
	change func(whole []byte) []byte // nil: the file is removed
}

func (h harm) String() string { return fmt.Sprintf("%s %s", h.file, h.what) }

func garbage(rng *rand.Rand, dir directory) []harm {
	return each(dir, func(file string, _ int) []harm {
		n := 1 + rng.IntN(5000)
		tail := make([]byte, n)
		for i := range tail {
			tail[i] = byte(rng.Uint32())
		}
		return []harm{{file, fmt.Sprintf("with %d bytes of garbage after its end", n), func(b []byte) []byte {
			return slices.Concat(b, tail)
		}}}
	})
}

func cutShort(rng *rand.Rand, dir directory) []harm {
	return each(dir, func(file string, size int) []harm {
		var harms []harm
		for _, n := range []int{size - 1, size - min(size, 1+rng.IntN(600)), size / 2, rng.IntN(size), 0} {
			harms = append(harms, harm{file, fmt.Sprintf("cut to %d of its %d bytes", n, size), func(b []byte) []byte { return b[:n] }})
		}
		return harms
	})
}

func missing(_ *rand.Rand, dir directory) []harm {
	return each(dir, func(file string, _ int) []harm { return []harm{{file, "missing", nil}} })
}

// flips is how many bits are flipped, one after the other, over all files.
const flips = 40

// flippedBits share themselves out evenly, so that a short file gets as many as
// a long one. Half of them are where a file is no hole.
func flippedBits(rng *rand.Rand, dir directory) []harm {
	return each(dir, func(file string, size int) []harm {
		var harms []harm
		for i := range flips/dir.files() + 1 {
			at, bit := rng.IntN(size), rng.IntN(8)
			if i%2 == 0 {
				at = dir.written(file, at)
			}
			harms = append(harms, harm{file, fmt.Sprintf("with bit %d of byte %d flipped", bit, at), func(b []byte) []byte {
				b = slices.Clone(b)
				b[at] ^= 1 << bit
				return b
			}})
		}
		return harms
	})
}

// each makes harms for every file that has something in it.
func each(dir directory, of func(file string, size int) []harm) []harm {
	var harms []harm
	for _, file := range dir.names() {
		if size := len(dir[file]); size > 0 {
			harms = append(harms, of(file, size)...)
		}
	}
	return harms
}

// damagedBy tries every harm on a copy of its own.
func damagedBy(harms func(*rand.Rand, directory) []harm) func(context.Context, *trial.Stage) error {
	return func(ctx context.Context, s *trial.Stage) error {
		w, err := wholeDirectory(ctx, s)
		if err != nil {
			return err
		}
		if err := intact(ctx, s, w); err != nil {
			return err
		}
		for _, h := range harms(s.Rand, w.files) {
			if err := w.suffers(ctx, s, h); err != nil {
				return fmt.Errorf("%v: %w", h, err)
			}
		}
		return nil
	}
}

func intactCopy(ctx context.Context, s *trial.Stage) error {
	w, err := wholeDirectory(ctx, s)
	if err != nil {
		return err
	}
	return intact(ctx, s, w)
}

// intact says that a copy that nothing has happened to has everything.
func intact(ctx context.Context, s *trial.Stage, w *whole) error {
	if err := w.files.replace(w.dir); err != nil {
		return err
	}
	n, err := s.Start(ctx, "n1")
	if err != nil {
		return fmt.Errorf("nothing had happened to the directory: %w", err)
	}
	if err := w.complete(ctx, s, n); err != nil {
		return fmt.Errorf("nothing had happened to the directory: %w", err)
	}
	return n.Close(ctx)
}

// suffers opens a copy that h has happened to.
func (w *whole) suffers(ctx context.Context, s *trial.Stage, h harm) error {
	files := w.files.with(h)
	if err := files.replace(w.dir); err != nil {
		return err
	}
	n, err := s.Session(ctx, "n1", s.Machine("n1"))
	if err != nil {
		return err
	}
	defer n.Forget(ctx)
	if err := opened(ctx, n); err != nil {
		return errors.Join(named(err), files.unchanged(w.dir))
	}
	return w.complete(ctx, s, n)
}
