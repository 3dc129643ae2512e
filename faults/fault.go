package faults

import (
	"errors"
	"time"

	"github.com/chronik-stream/metalog/internal/nodes"
)

// fault is one thing that breaks.
type fault struct {
	name   string
	weight int  // in the mix; 0: it isn't in it
	rounds int  // how often it is inflicted while it is held; 0: once
	all    bool // nobody can be expected to acknowledge a write before it is healed
	// inflict breaks something and returns what heals it. It may be called while
	// another fault isn't healed.
	inflict func(*Drill, *nodes.Node) (heal func() error, err error)
	who     role
}

// role is whom a fault is for.
type role uint8

const (
	anybody role = iota
	leading
	following
)

// victim waits until it can be told who that is.
func (d *Drill) victim(who role) (*nodes.Node, error) {
	switch who {
	case leading:
		return d.leader()
	case following:
		return d.follower()
	default:
		return d.members()[d.random.IntN(clusterSize)], nil
	}
}

// scenario holds the fault, heals it and does so again.
func (f fault) scenario() Scenario {
	return Scenario{Name: f.name, run: func(d *Drill) error {
		for range max(f.rounds, 1) {
			if err := d.round(f, d.cfg.Hold/time.Duration(max(f.rounds, 1))); err != nil {
				return err
			}
		}
		return nil
	}}
}

// round inflicts a fault, holds it, heals it, and waits until all is well.
func (d *Drill) round(f fault, length time.Duration) error {
	victim, err := d.victim(f.who)
	if err != nil {
		return err
	}
	heal, err := d.inflict(f, victim)
	if err != nil {
		return err
	}
	held := time.Now()
	if !f.all {
		if err := d.acknowledges(f.name); err != nil {
			return errors.Join(err, heal())
		}
	}
	err = errors.Join(d.hold(length-time.Since(held)), d.heal(heal))
	if err == nil && f.all {
		err = d.acknowledges(f.name + healed)
	}
	if err == nil {
		err = d.ready()
	}
	d.lulled()
	return err
}

// lulled adds to the last fault the longest time without an acknowledgement.
func (d *Drill) lulled() {
	if n := len(d.gaps); n > 0 {
		d.gaps[n-1].Longest = d.record.longest()
		d.say("%v", d.gaps[n-1])
	}
}

// healed is behind the name of a fault after which nobody could acknowledge anything,
// so that the time since it was healed counts.
const healed = ", healed"

func (d *Drill) heal(heals ...func() error) error {
	d.say("heal")
	d.record.begin()
	var err error
	for _, heal := range heals {
		err = errors.Join(err, heal())
	}
	return err
}

// inflict breaks, and takes the time from when it is done.
func (d *Drill) inflict(f fault, victim *nodes.Node) (heal func() error, err error) {
	d.say("%s: %s", f.name, victim.Name())
	d.record.rest()
	heal, err = f.inflict(d, victim)
	d.record.begin()
	if err != nil {
		return nil, errors.Join(err, heal())
	}
	return heal, nil
}

// acknowledges measures how long it takes until a write is acknowledged again.
func (d *Drill) acknowledges(name string) error {
	ctx, cancel := d.patience()
	defer cancel()
	next, err := d.record.gap(ctx)
	if err != nil {
		return err
	}
	d.gaps = append(d.gaps, Gap{Fault: name, Next: next})
	return nil
}
