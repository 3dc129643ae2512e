package faults

import (
	"errors"
	"time"

	"github.com/chronik-stream/metalog/internal/nodes"
)

// How long faults of a mix are, and how many overlap with another.
const (
	mixShortest = 300 * time.Millisecond
	mixLongest  = 4 * time.Second
	mixOverlap  = 4 // one in so many
)

// mix breaks one thing after another at random, sometimes two at once, which may
// leave no majority.
func mix(d *Drill) error {
	for end := time.Now().Add(d.cfg.Hold); time.Now().Before(end); {
		count := 1
		if d.random.IntN(mixOverlap) == 0 {
			count = 2
		}
		if err := d.mixed(count); err != nil {
			return err
		}
	}
	return nil
}

// mixed inflicts so many faults, holds them, and heals all.
func (d *Drill) mixed(count int) error {
	var heals []func() error
	var err error
	all, name := count > 1, ""
	for range count {
		f := d.drawn()
		all, name = all || f.all, f.name
		var heal func() error
		if heal, err = d.inflict(f, d.drawnVictim(f)); err != nil {
			break
		}
		heals = append(heals, heal)
		if err = d.hold(d.drawnTime()); err != nil {
			break
		}
	}
	if err == nil && !all {
		err = d.acknowledges(name)
	}
	if err = errors.Join(err, d.heal(heals...)); err == nil && all {
		err = d.acknowledges(name + healed)
	}
	if err == nil {
		d.say("%v", d.gaps[len(d.gaps)-1])
	}
	return err
}

// drawn is a fault at random, by weight.
func (d *Drill) drawn() fault {
	sum := 0
	for _, f := range faults {
		sum += f.weight
	}
	n := d.random.IntN(sum)
	for _, f := range faults {
		if n -= f.weight; n < 0 {
			return f
		}
	}
	return faults[0] // not reached
}

func (d *Drill) drawnTime() time.Duration {
	return mixShortest + time.Duration(d.random.Int64N(int64(mixLongest-mixShortest)))
}

// drawnVictim is the leader if one is known, or another node than that. What is drawn
// doesn't depend on whether one is known.
func (d *Drill) drawnVictim(f fault) *nodes.Node {
	n := d.random.IntN(clusterSize)
	leader := d.leads(d.ctx)
	switch {
	case leader == nil:
		return d.members()[n]
	case f.who == leading:
		return leader
	default:
		return d.others(leader)[n%(clusterSize-1)]
	}
}
