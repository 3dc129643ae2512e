package model

import (
	"context"
	"errors"
	"slices"

	"github.com/chronik-stream/metalog/metadata"
)

// UpTo is the part of steps that was done when Run returned err: what comes after
// the step at fault has nothing to do with it.
func UpTo(steps Sequence, err error) Sequence {
	var at *StepError
	if !errors.As(err, &at) || at.Index >= len(steps) {
		return steps
	}
	return steps[:at.Index+1]
}

// Shrink leaves steps out of a sequence that fails as long as it still does (delta
// debugging), and returns the shortest one found by the time that ctx ends. Given
// time, no single step can be left out of that. UpTo first saves most of the work.
//
// fails is asked about one sequence after the other, each its own to keep. What it
// says once is believed, but for what it says after ctx has ended. Where fails is
// deterministic, so is Shrink.
//
// Revisions change when writes are left out: the first revision of each write is
// moved so that it stays in its past, or as far in its future as it was. Whatever
// else names a revision stays as it is.
func Shrink(ctx context.Context, s Sequence, fails func(context.Context, Sequence) bool) Sequence {
	traced := trace(s)
	for size := (len(traced) + 1) / 2; size > 0 && ctx.Err() == nil; {
		shorter := traced.sweep(ctx, size, fails)
		if size == 1 && len(shorter) == len(traced) {
			break
		}
		traced = shorter
		size = max(1, min(size/2, len(traced)/2))
	}
	if len(traced) == len(s) {
		return s
	}
	return traced.sequence()
}

// tracedStep is a step and how far its first revision was ahead of the model.
type tracedStep struct {
	Step
	ahead uint64
}

type tracedSteps []tracedStep

func trace(s Sequence) tracedSteps {
	node, out := NewNode(), make(tracedSteps, 0, len(s))
	for _, step := range s {
		traced := tracedStep{Step: step}
		if step.FirstRevision > node.Revision {
			traced.ahead = step.FirstRevision - node.Revision
		}
		out = append(out, traced)
		step.model(node)
	}
	return out
}

// sweep goes through the steps once and leaves out what it can, size at a time.
func (t tracedSteps) sweep(ctx context.Context, size int, fails func(context.Context, Sequence) bool) tracedSteps {
	for at := 0; at < len(t) && ctx.Err() == nil; {
		shorter := slices.Concat(t[:at], t[min(at+size, len(t)):])
		if fails(ctx, shorter.sequence()) && ctx.Err() == nil {
			t = shorter
		} else {
			at += size
		}
	}
	return t
}

// sequence is the steps with first revisions that fit, the same in every attempt of
// a request.
func (t tracedSteps) sequence() Sequence {
	type attempt struct {
		id    metadata.RequestID
		first uint64
	}
	node, out, moved := NewNode(), make(Sequence, 0, len(t)), map[attempt]uint64{}
	for _, traced := range t {
		step, was := traced.Step, attempt{traced.ID, traced.FirstRevision}
		if first, again := moved[was]; again {
			step.FirstRevision = first
		}
		if traced.ahead > 0 {
			step.FirstRevision = node.Revision + traced.ahead
		} else {
			step.FirstRevision = min(step.FirstRevision, node.Revision)
		}
		moved[was] = step.FirstRevision
		out = append(out, step)
		step.model(node)
	}
	return out
}

// model does what a step does to the model.
func (s Step) model(node *Node) {
	switch {
	case s.Mark != nil:
		node.SetHighWatermark(*s.Mark)
	case s.Restart, s.Compact, s.Elect, s.Bounce != 0, s.Check:
	default:
		node.Write(s)
	}
}
