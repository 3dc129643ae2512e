package faults

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/client"
	"github.com/chronik-stream/metalog/internal/nodes"
)

// asking bounds one question to a node, which may be frozen.
const asking = time.Second

// statuses are what all members say of themselves; nil for those that don't.
func (d *Drill) statuses(ctx context.Context) []*metalogv1.Status {
	ctx, cancel := context.WithTimeout(ctx, asking)
	defer cancel()
	clients := make([]*client.Client, clusterSize)
	for i := range clients {
		clients[i] = d.client(d.seat(i))
	}
	all := make([]*metalogv1.Status, clusterSize)
	var asked sync.WaitGroup
	for i, c := range clients {
		asked.Go(func() { all[i], _ = c.Status(ctx) })
	}
	asked.Wait()
	return all
}

// ready waits until every member is, and knows the leader.
func (d *Drill) ready() error {
	ctx, cancel := d.patience()
	defer cancel()
	return poll(ctx, "every node ready", func() error {
		for i, s := range d.statuses(ctx) {
			if !s.GetReady() || s.GetLeader() == "" {
				return fmt.Errorf("%s isn't: state %q, leader %q, %s", d.seat(i), s.GetState(), s.GetLeader(), s.GetReason())
			}
		}
		return nil
	})
}

var errNoLeader = errors.New("no leader is known")

// leads is the member that says of itself that it leads and that a majority follows;
// nil: it can't be told now.
func (d *Drill) leads(ctx context.Context) *nodes.Node {
	votes := map[string]int{}
	all := d.statuses(ctx)
	for _, s := range all {
		votes[s.GetLeader()]++
	}
	for _, s := range all {
		if name := s.GetNode(); s.GetRole() == "leader" && votes[name] > clusterSize/2 {
			return d.cluster.Node(name)
		}
	}
	return nil
}

// leader waits for one.
func (d *Drill) leader() (leader *nodes.Node, err error) {
	ctx, cancel := d.patience()
	defer cancel()
	err = poll(ctx, "a leader", func() error {
		if leader = d.leads(ctx); leader == nil {
			return errNoLeader
		}
		return nil
	})
	return leader, err
}

// others are the members beside one.
func (d *Drill) others(than *nodes.Node) (rest []*nodes.Node) {
	for _, n := range d.members() {
		if n != than {
			rest = append(rest, n)
		}
	}
	return rest
}

// follower is one that doesn't lead.
func (d *Drill) follower() (*nodes.Node, error) {
	leader, err := d.leader()
	if err != nil {
		return nil, err
	}
	rest := d.others(leader)
	return rest[d.random.IntN(len(rest))], nil
}

// converge waits until every member has the same state, and returns what they say.
func (d *Drill) converge(ctx context.Context) (*metalogv1.Status, error) {
	var first *metalogv1.Status
	err := poll(ctx, "one state on every node", func() error {
		all := d.statuses(ctx)
		first = all[0]
		for i, s := range all {
			if !s.GetReady() || s.GetRevision() != first.GetRevision() {
				return fmt.Errorf("%s is %q at revision %d, %s at %d: %s",
					d.seat(i), s.GetState(), s.GetRevision(), d.seat(0), first.GetRevision(), s.GetReason())
			}
		}
		for i, s := range all {
			if s.GetDigest() != first.GetDigest() {
				return fmt.Errorf("at revision %d %s has the digest %s, and %s %s",
					s.GetRevision(), d.seat(i), s.GetDigest(), d.seat(0), first.GetDigest())
			}
		}
		return nil
	})
	return first, err
}
