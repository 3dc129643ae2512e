package server

import (
	"context"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

func (n *nouns) Batch(ctx context.Context, req *metalogv1.BatchRequest) (*metalogv1.BatchResponse, error) {
	spec, bad := convert.BatchSpec(req)
	return write(req.GetOptions(), bad, func(o metadata.WriteOption) (convert.Answered[metadata.BatchResult], error) {
		b, err := n.store.Batch(ctx, spec, o)
		return convert.Answer(b, err, b.FailedOperation >= 0)
	}, convert.BatchResponse)
}

func (n *nouns) GetOutcome(ctx context.Context, req *metalogv1.GetOutcomeRequest) (*metalogv1.GetOutcomeResponse, error) {
	id, bad := convert.RequestID(req.GetRequestId())
	return read(req.GetOptions(), bad, func(o metadata.ReadOption) (metadata.Read[metadata.Outcome], error) {
		return n.store.Outcome(ctx, id, req.GetFirstRevision(), o)
	}, convert.OutcomeResponse)
}

func (n *nouns) Settle(ctx context.Context, req *metalogv1.SettleRequest) (*metalogv1.SettleResponse, error) {
	spec, bad := convert.SettleSpec(req)
	return write(req.GetOptions(), bad, func(o metadata.WriteOption) (metadata.Settled, error) {
		return n.store.Settle(ctx, spec, o)
	}, convert.SettleResponse)
}
