package faults

import (
	"errors"
	"time"

	"github.com/chronik-stream/metalog/internal/nodes"
)

// killing kills processes; healing starts what its host doesn't start by itself.
func killing(what nodes.Part) func(*Drill, *nodes.Node) (func() error, error) {
	return func(d *Drill, n *nodes.Node) (func() error, error) {
		return func() error { return d.start(n) }, n.Kill(what)
	}
}

// freezing stops processes where they are; healing lets them go on.
func freezing(what nodes.Part) func(*Drill, *nodes.Node) (func() error, error) {
	return func(_ *Drill, n *nodes.Node) (func() error, error) {
		heal := func() error {
			if !n.Running() {
				return nil
			}
			return n.Thaw(what)
		}
		if !n.Running() {
			return heal, nil
		}
		return heal, n.Freeze(what)
	}
}

// ending asks a node to end, which hands its office on if it leads.
func ending(d *Drill, n *nodes.Node) (func() error, error) {
	ctx, cancel := d.patience()
	defer cancel()
	return func() error { return d.start(n) }, n.Stop(ctx)
}

// killingAll kills every node at once, as a power cut of a room does.
func killingAll(d *Drill, _ *nodes.Node) (func() error, error) {
	return func() error { return d.each(d.start) }, d.each(func(n *nodes.Node) error { return n.Kill(nodes.Both) })
}

// stoppingAll asks every node to end.
func stoppingAll(d *Drill, _ *nodes.Node) (func() error, error) {
	ctx, cancel := d.patience()
	defer cancel()
	return func() error { return d.each(d.start) }, d.each(func(n *nodes.Node) error { return n.Stop(ctx) })
}

// each does something with every member at once.
func (d *Drill) each(do func(*nodes.Node) error) error {
	members := d.members()
	errs := make(chan error, len(members))
	for _, n := range members {
		go func() { errs <- do(n) }()
	}
	var err error
	for range members {
		err = errors.Join(err, <-errs)
	}
	return err
}

// rolling restarts one node after the other, each when all the others are well, and
// then again.
func rolling(d *Drill) error {
	for end := time.Now().Add(d.cfg.Hold); time.Now().Before(end); {
		if err := d.rolled(); err != nil {
			return err
		}
	}
	return nil
}

func (d *Drill) rolled() error {
	for _, n := range d.members() {
		d.say("stop and start %s", n.Name())
		d.record.rest()
		d.record.begin()
		ctx, cancel := d.patience()
		err := errors.Join(n.Stop(ctx), d.start(n))
		cancel()
		if err == nil {
			err = d.acknowledges("rolling-restart")
		}
		if err == nil {
			err = d.ready()
		}
		if err != nil {
			return err
		}
		d.lulled()
	}
	return nil
}
