package contract

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
)

// kill is the family of R3 and R13: the process ends without a word, at the
// worst moments.
func kill() []trial.Case {
	kills := []trial.Need{trial.NeedKill}
	return []trial.Case{
		{
			ID: "KIL-001", Title: "SIGKILL under load, then a host that begins anew", Rule: "R3, R8", Profile: trial.Durable, Needs: kills,
			Promise: "What was acknowledged or delivered survives SIGKILL, at its index; what was refused never appears.",
			Run:     killsUnderLoad,
		},
		{
			ID: "KIL-002", Title: "SIGKILL under load, under a host that lives on", Rule: "R3, R4, R7", Profile: trial.Durable, Needs: kills,
			Promise: "After a restart under a host that lives on, what it has is delivered as it was or not at all, and what it hasn't comes.",
			Run:     killsUnderOneHost,
		},
		{
			ID: "KIL-003", Title: "SIGKILL as soon as an entry is delivered", Rule: "R3", Profile: trial.Durable, Needs: kills,
			Promise: "An entry is delivered only when it would survive SIGKILL.",
			Run:     killAtDelivery,
		},
		{
			ID: "KIL-004", Title: "SIGKILL while Compact writes a snapshot, and while it drops what that covers", Rule: "R3, R6", Profile: trial.Durable,
			Claims: sdk.Claims{sdk.CanCompact}, Needs: kills,
			Promise: "A compaction that was cut off loses nothing, whatever it had come to.",
			Run:     killInCompact,
		},
		{
			ID: "KIL-005", Title: "SIGKILL while the log is delivered again", Rule: "R3, R4", Profile: trial.Durable, Needs: kills,
			Promise: "An Open that was cut off loses nothing.",
			Run:     killInOpen,
		},
		{
			ID: "KIL-006", Title: "SIGKILL of the next process, before and after its Open", Rule: "R3, R12", Profile: trial.Durable, Needs: kills,
			Promise: "A process that was killed holds nothing that its successor needs, however soon that one comes and goes.",
			Run:     killTwice,
		},
	}
}

// writers propose at once in every load.
const writers = 8

// killUnderLoad kills n when it has acknowledged some hundred proposals, or fewer,
// in the middle of others.
func killUnderLoad(ctx context.Context, s *trial.Stage, r *record, n *trial.Session, prefix string) error {
	atLeast := r.acknowledged() + 20 + s.Rand.IntN(200)
	enough := make(chan struct{}, 1)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.load(ctx, n, prefix, writers, func() {
			if r.acknowledged() >= atLeast {
				select {
				case enough <- struct{}{}:
				default:
				}
			}
		})
	}()
	within, cancel := s.Within(ctx)
	defer cancel()
	var err error
	select {
	case <-enough:
	case <-ended:
		err = fmt.Errorf("every writer's proposal failed before the kill; the backend's end: %v", n.Ended()) //nolint:errorlint // nil, if it lives
	case <-within.Done():
		err = fmt.Errorf("%d proposals weren't acknowledged: %w", atLeast, context.Cause(within))
	}
	if killed := n.Kill(ctx); err == nil {
		err = killed
	}
	<-ended
	return err
}

// reopened opens the node for a new machine, and has it come to the end of the
// log.
func reopened(ctx context.Context, s *trial.Stage, r *record) (*trial.Session, error) {
	n, err := s.Start(ctx, "n1")
	if err != nil {
		return nil, fmt.Errorf("after the kill: %w", err)
	}
	return n, r.mark(ctx, s, n)
}

// judged reopens the node and judges it: all of the record, and that everything
// that was delivered to before is there.
func judged(ctx context.Context, s *trial.Stage, r *record, before *trial.Machine) (*trial.Session, error) {
	n, err := reopened(ctx, s, r)
	if err != nil {
		return nil, err
	}
	broken := r.judge(n.Machine)
	if err := sameEntries(before.Entries(), n.Machine.Entries()); err != nil {
		broken = errors.Join(broken, fmt.Errorf("what was delivered before the kill isn't what is delivered after it: %w (R3)", err))
	}
	if broken != nil {
		return nil, broken
	}
	return n, nil
}

func killsUnderLoad(ctx context.Context, s *trial.Stage) error {
	r := newRecord()
	n, err := s.Start(ctx, "n1")
	if err != nil {
		return err
	}
	for round := range 6 {
		before := n.Machine
		if err := killUnderLoad(ctx, s, r, n, fmt.Sprintf("round%d", round)); err != nil {
			return err
		}
		if n, err = judged(ctx, s, r, before); err != nil {
			return fmt.Errorf("kill %d: %w", round+1, err)
		}
	}
	return r.thin(50)
}

func killsUnderOneHost(ctx context.Context, s *trial.Stage) error {
	r := newRecord()
	m := s.Machine("n1")
	for round := range 5 {
		n, err := s.Open(ctx, "n1", m)
		if err != nil {
			return fmt.Errorf("after kill %d: %w", round, err)
		}
		if err := notBehind(ctx, s, m); err != nil {
			return fmt.Errorf("after kill %d: %w", round, err)
		}
		if err := r.mark(ctx, s, n); err != nil {
			return fmt.Errorf("after kill %d: %w", round, err)
		}
		if err := r.judge(m); err != nil {
			return fmt.Errorf("after kill %d: %w", round, err)
		}
		if err := killUnderLoad(ctx, s, r, n, fmt.Sprintf("round%d", round)); err != nil {
			return err
		}
	}
	if _, err := judged(ctx, s, r, m); err != nil {
		return fmt.Errorf("under a host that begins anew after five kills: %w", err)
	}
	return r.thin(50)
}

// notBehind says that a backend which is open stores all that the host has.
func notBehind(ctx context.Context, s *trial.Stage, m *trial.Machine) error {
	within, cancel := s.Within(ctx)
	defer cancel()
	if err := m.Await(within, "a status", func() bool { return m.Status().Health != 0 }); err != nil {
		return err
	}
	if stored, applied := m.Status().StoredIndex, m.Applied(); stored < applied {
		return fmt.Errorf("stored_index is %d, and index %d was delivered before (R7)", stored, applied)
	}
	return nil
}

func killAtDelivery(ctx context.Context, s *trial.Stage) error {
	r := newRecord()
	n, err := s.Start(ctx, "n1")
	if err != nil {
		return err
	}
	for round := range 5 {
		name := fmt.Sprintf("delivered-%d", round)
		answered := make(chan struct{})
		go func() {
			defer close(answered)
			_ = r.propose(ctx, n, name) // killed before its answer or after, the record knows
		}()
		within, cancel := s.Within(ctx)
		err := n.Machine.Await(within, "the delivery of "+name, func() bool { return holds(n.Machine, name) })
		cancel()
		before := n.Machine
		killed := n.Kill(ctx)
		<-answered
		if err != nil {
			return err
		}
		if killed != nil {
			return killed
		}
		if n, err = judged(ctx, s, r, before); err != nil {
			return fmt.Errorf("kill %d: %w", round+1, err)
		}
	}
	return nil
}

// filled is a node with a log worth a redelivery.
func filled(ctx context.Context, s *trial.Stage, r *record, entries int) (*trial.Session, error) {
	n, err := s.Start(ctx, "n1")
	if err != nil {
		return nil, err
	}
	return n, fill(ctx, r, n, "fill", entries)
}

// fill proposes that many entries, of many lengths.
func fill(ctx context.Context, r *record, n *trial.Session, prefix string, entries int) error {
	errs := make(chan error, writers)
	for w := range writers {
		go func() {
			for i := range entries / writers {
				if err := r.propose(ctx, n, fmt.Sprintf("%s-%d-%d %0*d", prefix, w, i, i%300, 0)); err != nil {
					errs <- err
					return
				}
			}
			errs <- nil
		}()
	}
	var first error
	for range writers {
		if err := <-errs; first == nil {
			first = err
		}
	}
	return first
}

func killInOpen(ctx context.Context, s *trial.Stage) error {
	r := newRecord()
	n, err := filled(ctx, s, r, 800)
	if err != nil {
		return err
	}
	whole := n.Machine
	if err := r.mark(ctx, s, n); err != nil {
		return err
	}
	if err := n.Kill(ctx); err != nil {
		return err
	}
	for range 3 {
		if err := cutOpen(ctx, s); err != nil {
			return err
		}
	}
	_, err = judged(ctx, s, r, whole)
	return err
}

// cutOpen kills the process when its host has begun to take the log.
func cutOpen(ctx context.Context, s *trial.Stage) error {
	m := s.Machine("n1")
	n, err := s.Session(ctx, "n1", m)
	if err != nil {
		return err
	}
	release := m.Hold()
	defer release()
	over := inOpen(ctx, n)
	within, cancel := s.Within(ctx)
	defer cancel()
	err = m.Await(within, "the first delivery after a restart", func() bool { return m.Counts().Held > 0 || m.Counts().Restores > 0 })
	killed := n.Kill(ctx)
	release()
	<-over
	if err != nil {
		return err
	}
	return killed
}

// inOpen opens n beside its caller. Refused, or open before the kill: either is
// fine.
func inOpen(ctx context.Context, n *trial.Session) (over <-chan struct{}) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = n.Open(ctx, func(*sdk.Config) {})
	}()
	return done
}

func killTwice(ctx context.Context, s *trial.Stage) error {
	r := newRecord()
	n, err := s.Start(ctx, "n1")
	if err != nil {
		return err
	}
	for round := range 3 {
		before := n.Machine
		if err := killUnderLoad(ctx, s, r, n, fmt.Sprintf("round%d", round)); err != nil {
			return err
		}
		if err := killSoon(ctx, s, time.Duration(s.Rand.IntN(int(20*time.Millisecond)))); err != nil {
			return err
		}
		if n, err = judged(ctx, s, r, before); err != nil {
			return fmt.Errorf("round %d: %w", round+1, err)
		}
	}
	return r.thin(20)
}

// killSoon starts the node twice: one is killed in its Open, after that long, the
// other when it is open.
func killSoon(ctx context.Context, s *trial.Stage, after time.Duration) error {
	n, err := s.Session(ctx, "n1", s.Machine("n1"))
	if err != nil {
		return err
	}
	over := inOpen(ctx, n)
	<-time.After(after) // a moment of Open that the seed picks: there is nothing to wait for
	err = n.Kill(ctx)
	<-over
	if err != nil {
		return err
	}
	if n, err = s.Start(ctx, "n1"); err != nil {
		return fmt.Errorf("after a kill in Open: %w", err)
	}
	return n.Kill(ctx)
}
