package faults

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/chronik-stream/metalog/internal/nodes"
	"github.com/chronik-stream/metalog/sdk"
)

// fewKept has a log that doesn't reach far back. Every backend of several nodes that
// ships has these settings.
var fewKept = json.RawMessage(`{"snapshot_entries": 64, "trailing_entries": 16}`)

// transferring makes a node the leader, through whomever. Whether it becomes so isn't
// certain while other things break: writes have to go on, whoever leads.
func transferring(d *Drill, n *nodes.Node) (func() error, error) {
	asked := d.client(d.seat(d.random.IntN(clusterSize)))
	ctx, cancel := context.WithTimeout(d.ctx, operationTime)
	defer cancel()
	leader, err := asked.TransferLeadership(ctx, n.Name())
	switch {
	case errors.Is(err, sdk.ErrNotAppended) || errors.Is(err, sdk.ErrOutcomeUnknown):
		d.say("it isn't certain who leads: %v", err)
		err = nil
	case err == nil:
		d.say("%s leads", leader)
	}
	return func() error { return nil }, err
}

// behind is how many writes a slow follower misses: more than the others keep.
const behind = 400

// slowFollower stops a node until what it misses isn't in the others' logs any more.
func slowFollower(d *Drill) error {
	slow, err := d.follower()
	if err != nil {
		return err
	}
	before := d.taps.jumped(slow.Name())
	heal, err := d.inflict(fault{name: "slow-follower", inflict: killing(nodes.Both)}, slow)
	if err != nil {
		return err
	}
	if err := d.missed(slow); err != nil {
		return errors.Join(err, heal())
	}
	if err := heal(); err != nil {
		return err
	}
	if err := d.ready(); err != nil {
		return err
	}
	ctx, cancel := d.patience()
	defer cancel()
	return d.record.await(ctx, "a snapshot for "+slow.Name()+", without which this shows nothing", func() bool {
		return d.taps.jumps[slow.Name()] > before
	})
}

// missed waits until enough was written without a node, and has the others drop it.
func (d *Drill) missed(slow *nodes.Node) error {
	ctx, cancel := context.WithTimeout(d.ctx, max(patience, 2*d.cfg.Hold))
	defer cancel()
	if err := d.acknowledges("slow-follower"); err != nil {
		return err
	}
	var from int
	d.record.note(func() { from = d.record.acks })
	err := d.record.await(ctx, fmt.Sprintf("%d writes without %s", behind, slow.Name()), func() bool { return d.record.acks >= from+behind })
	if err == nil {
		err = d.hold(d.cfg.Hold / 4)
	}
	for _, n := range d.others(slow) {
		if err == nil {
			err = d.client(n.Name()).Compact(ctx)
		}
	}
	return err
}

// replaceMember takes the disk of a member away, and has another one take its place.
func replaceMember(d *Drill) error {
	lost, err := d.follower()
	if err != nil {
		return err
	}
	if _, err := d.inflict(fault{name: "replace-member", inflict: killing(nodes.Both)}, lost); err != nil {
		return err
	}
	if err := os.RemoveAll(lost.Dir()); err != nil {
		return err
	}
	if err := d.acknowledges("replace-member"); err != nil {
		return err
	}
	if err := d.hold(d.cfg.Hold / 4); err != nil {
		return err
	}
	joined, err := d.join(lost)
	if err != nil {
		return err
	}
	d.reseat(lost, joined)
	return d.hold(d.cfg.Hold / 4)
}

// join removes a member and adds a new node as a voter, under load.
func (d *Drill) join(lost *nodes.Node) (*nodes.Node, error) {
	ctx, cancel := d.patience()
	defer cancel()
	via := d.client(d.others(lost)[0].Name())
	if err := via.RemoveMember(ctx, lost.Name(), nil); err != nil {
		return nil, err
	}
	d.say("%s is removed", lost.Name())
	joined, err := d.cluster.Join("n4")
	if err != nil {
		return nil, err
	}
	if err := d.meet(joined); err != nil {
		return nil, err
	}
	if err := via.AddLearner(ctx, sdk.Peer{NodeID: joined.Name(), Address: joined.Peer()}, nil); err != nil {
		return nil, err
	}
	if err := d.start(joined); err != nil {
		return nil, err
	}
	if err := joined.WaitReady(ctx); err != nil {
		return nil, err
	}
	d.say("%s is a learner", joined.Name())
	begin := time.Now()
	err = poll(ctx, "a vote for "+joined.Name(), func() error { return via.PromoteMember(ctx, joined.Name(), nil) })
	if err == nil {
		d.say("%s has a vote, %v after it was ready", joined.Name(), time.Since(begin).Round(time.Millisecond))
	}
	return joined, err
}

// reseat has clients and judges go to another node.
func (d *Drill) reseat(from, to *nodes.Node) {
	d.taps.unplug(from.Name())
	d.mu.Lock()
	for i, name := range d.seats {
		if name == from.Name() {
			d.seats[i] = to.Name()
		}
	}
	d.mu.Unlock()
	d.taps.plug(to.Name())
}
