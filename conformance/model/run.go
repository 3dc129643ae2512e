package model

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/chronik-stream/metalog/metadata"
)

// Subject is a store that is held against the model.
type Subject interface {
	Name() string
	Store() metadata.Store
	Digest() metadata.Digest
	// Restart closes and opens it again; it does nothing where there is nothing
	// to keep the state.
	Restart(ctx context.Context) error
	// Compact replaces the log by a snapshot; it does nothing without a log.
	Compact(ctx context.Context) error
}

// Cluster is a subject of one or more nodes that may do things by themselves. What
// there is nothing to do for it does nothing.
type Cluster interface {
	// Elect has another node lead.
	Elect(ctx context.Context) error
	// Bounce closes a node and opens it again, while the others go on.
	Bounce(ctx context.Context, node int) error
	// Agree returns once all nodes are at the same revision, with the same digest.
	Agree(ctx context.Context) error
}

// Clock shows what the steps say. Any goroutine may read it.
type Clock struct{ ms atomic.Int64 }

// Now is what the clock shows.
func (c *Clock) Now() time.Time { return time.UnixMilli(c.ms.Load()) }

// Point is where a check found all subjects.
type Point struct {
	Revision uint64
	Digest   metadata.Digest
}

// Run does a sequence on the model and on all subjects, which must be new and go
// by clock. It ends with a check. The error is a *StepError: where the first of
// them answered otherwise than the model.
func Run(ctx context.Context, steps Sequence, clock *Clock, subjects ...Subject) error {
	_, err := RunChain(ctx, steps, clock, subjects...)
	return err
}

// RunChain is Run, and returns a point for each check, the last one included, so
// that runs of a sequence can be compared that weren't made at once. With an error
// they are those before it.
func RunChain(ctx context.Context, steps Sequence, clock *Clock, subjects ...Subject) ([]Point, error) {
	r := &runner{node: NewNode(), clock: clock, subjects: subjects}
	for i, s := range append(steps[:len(steps):len(steps)], Step{Check: true}) {
		r.at = StepError{Index: i, Step: s}
		if err := r.step(ctx, s); err != nil {
			return r.chain, err
		}
	}
	return r.chain, nil
}

type runner struct {
	node     *Node
	clock    *Clock
	subjects []Subject
	ids      []metadata.RequestID
	chain    []Point
	at       StepError // without its cause: the present step
}

func (r *runner) step(ctx context.Context, s Step) error {
	switch {
	case s.Check:
		return r.check(ctx)
	case s.Restart:
		return r.each(func(sub Subject) error { return r.restart(ctx, sub) })
	case s.Compact:
		return r.each(func(sub Subject) error { return sub.Compact(ctx) })
	case s.Elect:
		return r.clusters(func(c Cluster) error { return c.Elect(ctx) })
	case s.Bounce != 0:
		return r.each(func(sub Subject) error { return r.bounce(ctx, sub, s.Bounce) })
	case s.Mark != nil:
		want := r.node.SetHighWatermark(*s.Mark)
		return r.each(func(sub Subject) error {
			return sameCode(want, r.node.Revision, sub.Store().SetHighWatermark(ctx, *s.Mark))
		})
	default:
		return r.write(ctx, s)
	}
}

func (r *runner) write(ctx context.Context, s Step) error {
	r.clock.ms.Store(s.AtMS)
	r.ids = append(r.ids, s.ID)
	want := tidy(r.node.Write(s))
	return r.each(func(sub Subject) error {
		got, repeated, err := performSurely(ctx, sub, s)
		if err != nil {
			return err
		}
		if repeated {
			got.Deduplicated = want.Deduplicated
		}
		if got = tidy(got); !same(want, got) {
			return fmt.Errorf("expected %s, got %s", show(want), show(got))
		}
		return nil
	})
}

// restart tells the node's high watermarks again, since it forgets them.
func (r *runner) restart(ctx context.Context, sub Subject) error {
	if err := sub.Restart(ctx); err != nil {
		return err
	}
	return r.tellMarks(ctx, sub)
}

func (r *runner) tellMarks(ctx context.Context, sub Subject) error {
	for _, w := range r.node.Marks() {
		if err := sub.Store().SetHighWatermark(ctx, w); err != nil {
			return err
		}
	}
	return nil
}

// bounce is restart for one node.
func (r *runner) bounce(ctx context.Context, sub Subject, node int) error {
	c, ok := sub.(Cluster)
	if !ok {
		return nil
	}
	if err := c.Bounce(ctx, node); err != nil {
		return err
	}
	return r.tellMarks(ctx, sub)
}

func (r *runner) clusters(do func(Cluster) error) error {
	return r.each(func(sub Subject) error {
		if c, ok := sub.(Cluster); ok {
			return do(c)
		}
		return nil
	})
}

// check compares every read with the model's, and the digests with each other.
func (r *runner) check(ctx context.Context) error {
	if err := r.clusters(func(c Cluster) error { return c.Agree(ctx) }); err != nil {
		return err
	}
	digests := map[metadata.Digest]string{}
	err := r.each(func(sub Subject) error {
		digests[sub.Digest()] = sub.Name()
		c := &checker{ctx: ctx, node: r.node, store: sub.Store(), ids: r.ids}
		return c.run()
	})
	if err != nil {
		return err
	}
	if len(digests) > 1 {
		return r.fail("", fmt.Errorf("the records are the same and the digests aren't: %v", digests))
	}
	for digest := range digests {
		r.chain = append(r.chain, Point{Revision: r.node.Revision, Digest: digest})
	}
	return nil
}

func (r *runner) each(do func(Subject) error) error {
	for _, sub := range r.subjects {
		if err := do(sub); err != nil {
			return r.fail(sub.Name(), err)
		}
	}
	return nil
}

func (r *runner) fail(subject string, err error) error {
	e := r.at
	e.Subject, e.Err = subject, err
	return &e
}

// sameCode reports a refusal that isn't the expected one.
func sameCode(want metadata.Code, revision uint64, err error) error {
	var refusal *metadata.Error
	switch {
	case err == nil && want == metadata.CodeNone:
		return nil
	case err != nil && !errors.As(err, &refusal):
		return err
	case err == nil:
		return fmt.Errorf("expected %s, and it was accepted", want)
	case refusal.Code != want:
		return fmt.Errorf("expected %s, got: %w", want, err)
	case refusal.Revision != revision:
		return fmt.Errorf("expected %s at revision %d, got it at %d", want, revision, refusal.Revision)
	}
	return nil
}
