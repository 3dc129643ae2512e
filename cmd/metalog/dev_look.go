package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/internal/nodes"
)

// nodeSeen is a node as it was a moment ago.
type nodeSeen struct {
	name    string
	running bool
	status  *metalogv1.Status // nil: no answer
}

// look is all nodes as they were at or after a time.
type look struct {
	at   time.Time
	seen []nodeSeen
}

// watch looks at the nodes until ctx ends.
func (d *dev) watch(ctx context.Context, to chan<- look) {
	ticker := time.NewTicker(devLook)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		select {
		case <-ctx.Done():
			return
		case to <- d.look(ctx):
		}
	}
}

// look asks all nodes at once. Any goroutine may call it.
func (d *dev) look(ctx context.Context) look {
	at := time.Now()
	all := d.cluster.Nodes()
	seen := make([]nodeSeen, len(all))
	var asking sync.WaitGroup
	for i, n := range all {
		asking.Go(func() { seen[i] = d.lookAt(ctx, n) })
	}
	asking.Wait()
	return look{at, seen}
}

func (d *dev) lookAt(ctx context.Context, n *nodes.Node) nodeSeen {
	seen := nodeSeen{name: n.Name(), running: n.Running()}
	if !seen.running {
		return seen
	}
	ctx, cancel := context.WithTimeout(ctx, devAsk)
	defer cancel()
	if status, err := d.clients[n.Name()].Status(ctx); err == nil {
		seen.status = status
	}
	return seen
}

// saw takes note of what has changed, and says it.
func (d *dev) saw(l look) {
	seen := l.seen
	d.seen = seen
	if leader := leaderOfMost(seen); leader != d.leader {
		d.leader = leader
		if leader != "" {
			d.screen.say(leader + " leads" + termOf(seen, leader))
		}
	}
	agreed := agreementOf(seen)
	if agreed.differ && !d.differs {
		d.screen.say("error: " + agreed.String() + ". That must never be: keep the data and the logs")
	}
	d.differs = agreed.differ
	if !d.waiting.since.IsZero() && l.at.After(d.waiting.armed) && agreed.whole() {
		d.screen.say(fmt.Sprintf("%s, %s %s", agreed, seconds(time.Since(d.waiting.since)), d.waiting.what))
		d.waiting = waiting{}
	}
}

// leaderOfMost is whom a majority of the nodes follows, itself included; empty:
// there is none.
func leaderOfMost(seen []nodeSeen) string {
	votes := map[string]int{}
	for _, s := range seen {
		leader := s.status.GetLeader()
		if votes[leader]++; leader != "" && 2*votes[leader] > len(seen) {
			return leader
		}
	}
	return ""
}

// termOf is how the backend counts its leaders, if it does.
func termOf(seen []nodeSeen, leader string) string {
	for _, s := range seen {
		if term := s.status.GetDetails()["term"]; s.name == leader && term != "" {
			return fmt.Sprintf(" (term %s)", term)
		}
	}
	return ""
}
