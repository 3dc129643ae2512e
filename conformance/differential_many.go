package conformance

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/chronik-stream/metalog/conformance/model"
	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
)

// Contender is one of several backends that do a sequence together.
type Contender struct {
	Target Target
	Nodes  int // 0: one
}

// Differential does the random sequence of a seed, of about so many steps, on the
// contract's model, on a state alone and on a host over every contender, all at
// once, with snapshots, restarts of all and of one node, and changes of leaders:
// every answer, every read at a check, and revision and digest of every node must be
// the same. It is what shows that one backend may take another's place. The error is a
// *model.StepError where they came apart, of the shortest sequence found, which is kept
// in dir; there those with a disk have it, too.
//
// One goroutine calls it; it blocks until all is done and closed.
func Differential(ctx context.Context, dir string, seed uint64, steps int, contenders ...Contender) error {
	saved, runs := model.Saved{Seed: seed, Steps: model.Generate(seed, steps)}, 0
	return shortest(ctx, saved, dir, func(ctx context.Context, steps model.Sequence) error {
		runs++
		return together(ctx, filepath.Join(dir, fmt.Sprintf("run%d", runs)), steps, contenders)
	})
}

func together(ctx context.Context, dir string, steps model.Sequence, contenders []Contender) (err error) {
	var subjects []*subject
	for i, c := range contenders {
		sub, world, cause := contend(ctx, filepath.Join(dir, fmt.Sprintf("contender%d", i+1)), c)
		if cause != nil {
			return fmt.Errorf("%s: %w", c.Target.Name(), cause)
		}
		defer func() { err = errors.Join(err, world.Close()) }()
		subjects = append(subjects, sub)
	}
	return compare(ctx, steps, subjects...)
}

func contend(ctx context.Context, dir string, c Contender) (*subject, trial.World, error) {
	info, err := c.Target.Info(ctx)
	if err != nil {
		return nil, nil, err
	}
	world, err := c.Target.World(ctx, dir, max(1, c.Nodes))
	if err != nil {
		return nil, nil, err
	}
	var nodes []string
	for i := range max(1, c.Nodes) {
		nodes = append(nodes, trial.NodeName(i+1))
	}
	lasting := info.Claims.Has(sdk.Durable) || c.Target.Offers(trial.NeedLasting) == nil
	return newSubject(c.Target.Name(), world, nodes, trial.NewLogs(), lasting, info.Claims.Has(sdk.CanCompact)), world, nil
}
