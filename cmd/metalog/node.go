package main

import (
	"context"
	"io"

	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/client"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// node is a running node as the commands see it; *client.Client in life.
type node interface {
	metadata.Store
	Status(ctx context.Context) (*metalogv1.Status, error)
	ClusterStatus(ctx context.Context) (*metalogv1.GetClusterStatusResponse, error)
	Compact(ctx context.Context) error

	Seal(ctx context.Context, target string) (*metalogv1.SealResponse, error)
	Unseal(ctx context.Context) error
	SaveSnapshot(ctx context.Context, w io.Writer, local bool) (*metalogv1.SnapshotEnd, error)

	AddLearner(ctx context.Context, m sdk.Peer, expected []string) error
	AddVoter(ctx context.Context, m sdk.Peer, expected []string) error
	PromoteMember(ctx context.Context, node string, expected []string) error
	RemoveMember(ctx context.Context, node string, expected []string) error
	TransferLeadership(ctx context.Context, node string) (leader string, err error)
}

// withNode calls do with the node at --addr, for no longer than --timeout, and
// explains its error.
func (c *cli) withNode(ctx context.Context, do func(context.Context, node) error) error {
	return c.dial(func(n node) error {
		ctx, cancel := context.WithTimeout(ctx, c.wait)
		defer cancel()
		return do(ctx, n)
	})
}

func (c *cli) dial(do func(node) error) error {
	n, err := client.Dial(c.addr, client.RetryFor(c.wait))
	if err != nil {
		return usagef("--addr %s: %w", c.addr, err)
	}
	defer n.Close()
	return c.explain(do(n))
}

// stale labels an answer from before the node lost its backend.
func (c *cli) stale(stale bool, revision uint64) {
	if stale {
		c.note("(stale) the node has lost its backend: this is its state at revision %d", revision)
	}
}
