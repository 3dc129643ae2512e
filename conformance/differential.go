package conformance

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/chronik-stream/metalog/conformance/model"
	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/host"
)

const (
	differentialSteps = 250
	shrinkTime        = 45 * time.Second
)

// sequenceFile is what a failing sequence is kept in, in the case's directory.
const sequenceFile = "sequence.json"

// differentialCases hold the target against the contract's model, a state alone
// and a replica in memory, in one random sequence done by all of them.
func differentialCases() []Case {
	return []Case{
		{
			ID: "DIF-001", Title: "a random sequence on everything at once", Rule: "metadata contract", Promise: sameAnswers,
			Profile: trial.Core, Timeout: storiesTimeout, Run: differs,
		},
		{
			ID: "DIF-002", Title: "a random sequence on everything at once, three nodes", Rule: "metadata contract", Promise: sameAnswers,
			Profile: trial.Replicated, Nodes: 3, Timeout: storiesTimeout, Run: differs,
		},
	}
}

// differs does the run's sequence, and shrinks and keeps one that fails.
func differs(ctx context.Context, s *trial.Stage) error {
	saved, err := sequenceOf(s)
	if err != nil {
		return trial.Harness(err)
	}
	return shortest(ctx, saved, s.Dir, func(ctx context.Context, steps model.Sequence) error { return differential(ctx, s, steps) })
}

// shortest does a sequence, and shrinks and keeps one that fails, in dir.
func shortest(ctx context.Context, saved model.Saved, dir string, do func(context.Context, model.Sequence) error) error {
	failure := do(ctx, saved.Steps)
	if failure == nil || trial.IsHarness(failure) {
		return failure
	}
	within, cancel := context.WithTimeout(ctx, shrinkTime)
	defer cancel()
	saved.Steps = model.Shrink(within, model.UpTo(saved.Steps, failure), func(ctx context.Context, steps model.Sequence) bool {
		err := do(ctx, steps)
		if err != nil && !trial.IsHarness(err) && ctx.Err() == nil {
			failure = err
			return true
		}
		return false
	})
	saved.Note = failure.Error()
	path := filepath.Join(dir, sequenceFile)
	if err := keep(path, saved); err != nil {
		return errors.Join(failure, err)
	}
	return fmt.Errorf("%w\n%d steps do it, kept for a replay in %s:\n%s", failure, len(saved.Steps), path, saved.Steps)
}

func sequenceOf(s *trial.Stage) (model.Saved, error) {
	if s.Replay == "" {
		seed := s.Rand.Uint64() >> 1 // rapid takes an int
		return model.Saved{Seed: seed, Steps: model.Generate(seed, differentialSteps)}, nil
	}
	raw, err := os.ReadFile(s.Replay)
	if err != nil {
		return model.Saved{}, err
	}
	saved, err := model.DecodeSequence(raw)
	if err != nil {
		return model.Saved{}, fmt.Errorf("%s: %w", s.Replay, err)
	}
	return saved, nil
}

func keep(path string, saved model.Saved) error {
	raw, err := model.EncodeSequence(saved)
	if err != nil {
		return err
	}
	return os.WriteFile(path, raw, 0o600)
}

// differential does steps on new stores.
func differential(ctx context.Context, s *trial.Stage, steps model.Sequence) error {
	world, err := s.NewWorld(ctx)
	if err != nil {
		return err
	}
	reference, err := trial.InMem().World(ctx, "", 1)
	if err != nil {
		return trial.Harness(err)
	}
	return compare(ctx, steps,
		newSubject("inmem", reference, s.Nodes()[:1], trial.NewLogs(), true, true),
		newSubject(s.Target.Name(), world, s.Nodes(), s.Logs, s.Lasting(), s.CanCompact()))
}

// compare does steps on the model, on a state alone and on every subject.
func compare(ctx context.Context, steps model.Sequence, subjects ...*subject) (err error) {
	clock := &model.Clock{}
	all := []model.Subject{bareSubject{host.NewBare(host.WithClock(clock.Now))}}
	for _, sub := range subjects {
		defer func() {
			if closed := sub.close(); closed != nil && err == nil {
				err = fmt.Errorf("closing %s: %w", sub.name, closed)
			}
		}()
		sub.clock = clock
		if err := sub.open(ctx); err != nil {
			return fmt.Errorf("opening %s: %w", sub.name, err)
		}
		all = append(all, sub)
	}
	if err := model.Run(ctx, steps, clock, all...); err != nil {
		return err
	}
	for _, sub := range subjects {
		if err := sub.Agree(ctx); err != nil {
			return fmt.Errorf("%s: %w", sub.name, err)
		}
	}
	return nil
}
