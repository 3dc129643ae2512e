package server

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

func (n *nouns) PutSegments(ctx context.Context, req *metalogv1.PutSegmentsRequest) (*metalogv1.PutSegmentsResponse, error) {
	spec, bad := convert.SegmentsSpec(req)
	return write(req.GetOptions(), bad, func(o metadata.WriteOption) (metadata.CommittedItems, error) {
		return n.store.PutSegments(ctx, spec, o)
	}, func(c metadata.CommittedItems) *metalogv1.PutSegmentsResponse {
		return &metalogv1.PutSegmentsResponse{Written: convert.WrittenProto(c.Written), Failed: convert.ItemErrorsProto(c.Failed)}
	})
}

func (n *nouns) DeleteSegments(ctx context.Context, req *metalogv1.DeleteSegmentsRequest) (*metalogv1.DeleteSegmentsResponse, error) {
	keys, bad := convert.SegmentKeys(req)
	return write(req.GetOptions(), bad, func(o metadata.WriteOption) (metadata.DeletedSegments, error) {
		return n.store.DeleteSegments(ctx, keys, o)
	}, convert.DeleteSegmentsResponse)
}

func (n *nouns) GetSegment(ctx context.Context, req *metalogv1.GetSegmentRequest) (*metalogv1.GetSegmentResponse, error) {
	key, bad := convert.SegmentKey(req.GetKey())
	return read(req.GetOptions(), bad, func(o metadata.ReadOption) (metadata.Read[*metadata.Segment], error) {
		return n.store.Segment(ctx, key, o)
	}, func(r metadata.Read[*metadata.Segment]) *metalogv1.GetSegmentResponse {
		return &metalogv1.GetSegmentResponse{Segment: convert.SegmentProto(r.Value), Revision: r.Revision, Stale: r.Stale}
	})
}

func (n *nouns) ListSegments(ctx context.Context, req *metalogv1.ListSegmentsRequest) (*metalogv1.ListSegmentsResponse, error) {
	query := convert.SegmentsQuery(req)
	cut := cursor[*metadata.Segment, *metalogv1.Segment]{
		list: fmt.Sprintf("%s segments of %s", query.Kind, query.Topic),
		key:  func(s *metadata.Segment) string { return segmentPlace{s.Partition, s.StartOffset, s.ID}.String() },
		after: func(s *metadata.Segment, key string) bool {
			return segmentPlace{s.Partition, s.StartOffset, s.ID}.after(key)
		},
		row: convert.SegmentProto,
	}
	bad := cut.open(req)
	return read(req.GetOptions(), bad, func(o metadata.ReadOption) (metadata.Read[[]*metadata.Segment], error) {
		return n.store.Segments(ctx, query, o, cut.notBefore())
	}, func(r metadata.Read[[]*metadata.Segment]) *metalogv1.ListSegmentsResponse {
		rows, next := cut.page(r)
		return &metalogv1.ListSegmentsResponse{Segments: rows, NextPageToken: next, Revision: r.Revision, Stale: r.Stale}
	})
}

// segmentPlace is where a segment stands in its list.
type segmentPlace struct {
	Partition int32
	Start     int64
	ID        string
}

func (p segmentPlace) String() string {
	data, err := json.Marshal(p)
	if err != nil {
		return ""
	}
	return string(data)
}

func (p segmentPlace) after(key string) bool {
	var o segmentPlace
	err := json.Unmarshal([]byte(key), &o)
	return err == nil && cmp.Or(cmp.Compare(p.Partition, o.Partition), cmp.Compare(p.Start, o.Start), cmp.Compare(p.ID, o.ID)) > 0
}
