package client

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

// SaveSnapshot writes a snapshot of the node's state to w and returns what the node
// says that it came to. Local asks for the state as the node has it; without it
// every write that was acknowledged before is in it. After an error, w's own
// among them, what was written is of no use. A stream that is cut off is an
// error, metadata.ErrUnavailable.
func (c *Client) SaveSnapshot(ctx context.Context, w io.Writer, local bool) (*metalogv1.SnapshotEnd, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := c.admin.SaveSnapshot(ctx, &metalogv1.SaveSnapshotRequest{Local: local})
	if err != nil {
		return nil, c.readError(ctx, err)
	}
	var bytes uint64
	for {
		m, err := stream.Recv()
		switch {
		case errors.Is(err, io.EOF):
			return nil, c.cutOff(bytes)
		case err != nil:
			return nil, c.readError(ctx, err)
		case m.GetEnd() != nil && m.GetEnd().GetBytes() != bytes:
			return nil, c.cutOff(bytes)
		case m.GetEnd() != nil:
			return m.GetEnd(), nil
		}
		n, err := w.Write(m.GetChunk())
		if err != nil {
			return nil, err
		}
		bytes += uint64(n)
	}
}

func (c *Client) cutOff(bytes uint64) error {
	return convert.Matching(fmt.Sprintf("the snapshot from the node at %s breaks off after %d bytes: take it again", c.address, bytes),
		metadata.ErrUnavailable)
}
