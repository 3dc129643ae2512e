package server

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

func (n *nouns) CommitOffsets(ctx context.Context, req *metalogv1.CommitOffsetsRequest) (*metalogv1.CommitOffsetsResponse, error) {
	return write(req.GetOptions(), nil, func(o metadata.WriteOption) (metadata.CommittedItems, error) {
		return n.store.CommitOffsets(ctx, convert.OffsetsSpec(req), o)
	}, func(c metadata.CommittedItems) *metalogv1.CommitOffsetsResponse {
		return &metalogv1.CommitOffsetsResponse{Written: convert.WrittenProto(c.Written), Failed: convert.ItemErrorsProto(c.Failed)}
	})
}

func (n *nouns) DeleteOffsets(ctx context.Context, req *metalogv1.DeleteOffsetsRequest) (*metalogv1.DeleteOffsetsResponse, error) {
	return write(req.GetOptions(), nil, func(o metadata.WriteOption) (metadata.CommittedItems, error) {
		return n.store.DeleteOffsets(ctx, convert.OffsetsRef(req), o)
	}, func(c metadata.CommittedItems) *metalogv1.DeleteOffsetsResponse {
		return &metalogv1.DeleteOffsetsResponse{Written: convert.WrittenProto(c.Written), Failed: convert.ItemErrorsProto(c.Failed)}
	})
}

func (n *nouns) FetchOffsets(ctx context.Context, req *metalogv1.FetchOffsetsRequest) (*metalogv1.FetchOffsetsResponse, error) {
	query, bad := convert.OffsetsQuery(req)
	cut := offsetsByPlace(req.GetGroup())
	if !req.GetAll() {
		cut = offsetsAsAsked(query)
	}
	if bad == nil {
		bad = cut.open(req)
	}
	return read(req.GetOptions(), bad, func(o metadata.ReadOption) (metadata.Read[[]placedOffset], error) {
		r, err := n.store.FetchOffsets(ctx, query, o, cut.notBefore())
		placed := make([]placedOffset, len(r.Value))
		for i, f := range r.Value {
			placed[i] = placedOffset{f, i}
		}
		return metadata.Read[[]placedOffset]{Value: placed, Revision: r.Revision, Stale: r.Stale}, err
	}, func(r metadata.Read[[]placedOffset]) *metalogv1.FetchOffsetsResponse {
		rows, next := cut.page(r)
		return &metalogv1.FetchOffsetsResponse{Offsets: rows, NextPageToken: next, Revision: r.Revision, Stale: r.Stale}
	})
}

// placedOffset is an answer with its place in the list.
type placedOffset struct {
	metadata.FetchedOffset
	place int
}

func offsetRow(o placedOffset) *metalogv1.FetchedOffset {
	return convert.FetchedOffsetProto(o.FetchedOffset)
}

// offsetsAsAsked pages through the answers in the order of the request, which
// each page's request repeats.
func offsetsAsAsked(query metadata.OffsetsQuery) cursor[placedOffset, *metalogv1.FetchedOffset] {
	list := "offsets of " + query.Group + " as asked, " + strconv.Itoa(len(query.Partitions))
	return numbered(list, func(o placedOffset) int32 { return int32(o.place) }, offsetRow)
}

// offsetsByPlace pages through all that a group has committed.
func offsetsByPlace(group string) cursor[placedOffset, *metalogv1.FetchedOffset] {
	return cursor[placedOffset, *metalogv1.FetchedOffset]{
		list: "all offsets of " + group,
		key:  func(o placedOffset) string { return strconv.Itoa(int(o.Partition)) + " " + o.Topic },
		after: func(o placedOffset, key string) bool {
			number, topic, _ := strings.Cut(key, " ")
			partition, err := strconv.ParseInt(number, 10, 32)
			return err == nil && cmp.Or(cmp.Compare(o.Topic, topic), cmp.Compare(o.Partition, int32(partition))) > 0
		},
		row: offsetRow,
	}
}
