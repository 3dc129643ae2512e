package client

import (
	"context"

	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
)

// Seal makes every node of the cluster refuse writes with metadata.ErrSealed and
// name target, and returns the last revision and its digest. It is sent once; to
// repeat it does no harm.
func (c *Client) Seal(ctx context.Context, target string) (*metalogv1.SealResponse, error) {
	return changeOnce(ctx, c, c.admin.Seal, &metalogv1.SealRequest{Target: target})
}

// Unseal lifts a seal, if there is one. It may be repeated like Seal.
func (c *Client) Unseal(ctx context.Context) error {
	_, err := changeOnce(ctx, c, c.admin.Unseal, &metalogv1.UnsealRequest{})
	return err
}
