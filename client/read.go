package client

import (
	"context"
	"fmt"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

// pageSize is as much as a server gives at once.
const pageSize = 10_000

// answered is the answer to any read.
type answered interface {
	GetRevision() uint64
	GetStale() bool
}

// paged is the answer to a list.
type paged interface {
	answered
	GetNextPageToken() string
}

func readOptions(opts []metadata.ReadOption) *metalogv1.ReadOptions {
	return convert.ReadOptionsProto(metadata.NewReadOptions(opts))
}

// read makes one read and takes its value.
func read[Q any, P answered, V any](ctx context.Context, c *Client, method rpc[Q, P], request Q, value func(P) (V, error)) (metadata.Read[V], error) {
	p, err := readOnce(ctx, c, method, request)
	if err != nil {
		return metadata.Read[V]{}, err
	}
	c.seen.learn(p.GetRevision())
	v, err := value(p)
	if err != nil {
		return metadata.Read[V]{}, fmt.Errorf("the answer of %s can't be read: %w", c.address, err)
	}
	return metadata.Read[V]{Value: v, Revision: p.GetRevision(), Stale: p.GetStale()}, nil
}

// list takes page after page. Its revision is the first page's: no row is
// older.
func list[Q any, P paged, T any](ctx context.Context, c *Client, method rpc[Q, P], request func(token string) Q, rows func(P) ([]T, error)) (metadata.Read[[]T], error) {
	var all metadata.Read[[]T]
	for token := ""; ; {
		var next string
		page, err := read(ctx, c, method, request(token), func(p P) ([]T, error) {
			next = p.GetNextPageToken()
			return rows(p)
		})
		if err != nil {
			return metadata.Read[[]T]{}, err
		}
		if token == "" {
			all.Revision = page.Revision
		}
		all.Value, all.Stale = append(all.Value, page.Value...), all.Stale || page.Stale
		if token = next; token == "" {
			return all, nil
		}
	}
}
