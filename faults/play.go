package faults

import (
	"context"
	"errors"
	"fmt"
)

// Play plays a scenario on a cluster of its own, and returns when no process or
// goroutine of it is left. An error tells the first thing that went wrong, and where
// everything about it is kept: a broken promise, a cluster that didn't come back, or
// traffic too thin to judge.
func Play(ctx context.Context, cfg Config, s Scenario) (Result, error) {
	result, err := play(ctx, cfg, s)
	if err != nil {
		err = fmt.Errorf("scenario %s, seed %d: %w\nkept in %s: data, drill.log, nodes.log, %s\nagain: make faults BACKEND=%s RUN=%s SEED=%d HOLD=%v",
			s.Name, cfg.Seed, err, cfg.Dir, historyFile, cfg.Backend, s.Name, cfg.Seed, cfg.Hold)
	}
	return result, err
}

func play(ctx context.Context, cfg Config, s Scenario) (result Result, err error) {
	d, err := openDrill(ctx, cfg, s)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	d.say("scenario %s, seed %d, on %s", s.Name, cfg.Seed, cfg.Backend)
	err = d.breakAndHeal(s)
	d.load.end()
	if err == nil {
		err = d.finish()
	}
	if err != nil {
		d.say("failed: %v", err)
		d.taps.end()
		err = errors.Join(err, d.keep())
	}
	return Result{History: d.record.history.Summary().String(), Gaps: d.gaps}, err
}

// breakAndHeal runs the scenario between traffic before and after.
func (d *Drill) breakAndHeal(s Scenario) error {
	if err := d.traffic(); err != nil {
		return fmt.Errorf("before the fault: %w", err)
	}
	if err := s.run(d); err != nil {
		return err
	}
	if err := d.ready(); err != nil {
		return fmt.Errorf("after everything was healed: %w", err)
	}
	if err := d.traffic(); err != nil {
		return fmt.Errorf("after everything was healed: %w", err)
	}
	return nil
}

func (d *Drill) traffic() error {
	ctx, cancel := d.patience()
	defer cancel()
	return d.record.traffic(ctx)
}

// finish has the nodes come to one state, and judges. The clients have ended.
func (d *Drill) finish() error {
	ctx, cancel := d.patience()
	defer cancel()
	if err := d.settle(ctx); err != nil {
		return err
	}
	at, err := d.converge(ctx)
	if err != nil {
		return err
	}
	for i := range clusterSize {
		if err := d.taps.rest(ctx, d.seat(i), at.GetRevision()); err != nil {
			return err
		}
	}
	if err := d.caughtUp(ctx); err != nil {
		return err
	}
	d.taps.end()
	if d.record.failed != nil {
		return d.record.failed
	}
	if err := d.keep(); err != nil {
		return err
	}
	return d.judge(ctx, at)
}

// caughtUp waits until each running tap has come to the last change that there is.
func (d *Drill) caughtUp(ctx context.Context) error {
	r := d.record
	var last uint64
	r.note(func() {
		for _, tap := range r.history.Taps {
			if n := len(tap.Entries); n > 0 {
				last = max(last, tap.Entries[n-1].Position)
			}
		}
	})
	return r.await(ctx, fmt.Sprintf("every node's telling of revision %d", last), func() bool {
		for _, at := range d.taps.at {
			if at < last {
				return false
			}
		}
		return true
	})
}
