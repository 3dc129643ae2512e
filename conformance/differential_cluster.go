package conformance

import (
	"context"
	"fmt"
	"time"

	"github.com/chronik-stream/metalog/conformance/model"
	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/sdk"
)

var _ model.Cluster = (*subject)(nil)

// Elect has another node lead, where one does, and returns when all know it.
func (s *subject) Elect(ctx context.Context) error {
	stores := s.stores()
	if len(stores) == 1 || !stores[0].Status().Plugin.Claims.Has(sdk.CanTransfer) {
		return nil
	}
	before := stores[0].Status().Backend.Leader
	for leader := before; leader == before; {
		err := stores[0].TransferLeadership(ctx, "")
		if err != nil && !s.Retry(err) {
			return fmt.Errorf("another leader: %w", err)
		}
		if leader, err = agreedLeader(ctx, stores); err != nil {
			return err
		}
	}
	return nil
}

// agreedLeader waits until all nodes know the same leader.
func agreedLeader(ctx context.Context, stores []*host.Store) (string, error) {
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for {
		leader, same := stores[0].Status().Backend.Leader, true
		for _, store := range stores[1:] {
			same = same && store.Status().Backend.Leader == leader
		}
		if same && leader != "" {
			return leader, nil
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return "", fmt.Errorf("the nodes know no leader that is the same: %w", ctx.Err())
		}
	}
}

// Bounce closes one node and opens it again, while the others go on.
func (s *subject) Bounce(ctx context.Context, node int) error {
	if len(s.nodes) == 1 {
		return s.Restart(ctx)
	}
	if !s.lasting {
		return nil
	}
	stores, at := s.stores(), (node-1)%len(s.nodes)
	if err := stores[at].Close(); err != nil {
		return err
	}
	again, err := host.Open(ctx, hostConfig(s.world, s.nodes[at], s.logs), s.options()...)
	if err != nil {
		return fmt.Errorf("node %s doesn't open again: %w", s.nodes[at], err)
	}
	stores[at] = again
	s.target = clusterTarget(s.nodes, stores)
	return again.WaitReady(ctx)
}

// Agree waits until every node is where the first one is, with the same digest.
func (s *subject) Agree(ctx context.Context) error { return s.target.agree(ctx) }
