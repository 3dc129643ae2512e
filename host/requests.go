package host

import (
	"context"
	"slices"

	"github.com/chronik-stream/metalog/metadata"
)

// Batch is metadata.RequestStore's. It chooses ids for topics that have none.
func (n nouns) Batch(ctx context.Context, spec metadata.BatchSpec, opts ...metadata.WriteOption) (metadata.BatchResult, error) {
	none := metadata.BatchResult{FailedOperation: -1}
	spec.Operations = slices.Clone(spec.Operations)
	for i := range spec.Operations {
		if topic := spec.Operations[i].CreateTopic; topic != nil && topic.ID.IsZero() {
			own := *topic
			own.ID = n.seam.id()
			spec.Operations[i].CreateTopic = &own
		}
	}
	o := metadata.NewWriteOptions(opts)
	ev, err := metadata.NewBatch(spec, func(to metadata.LogStartSpec) (int64, error) { return n.resolve(ctx, to, o.RequestID) })
	if err != nil {
		return none, err
	}
	res, w, err := n.result(ctx, ev, opts)
	none.Written = w
	if answers := res.Response.Batch; answers != nil {
		return metadata.BatchResult{Written: w, Answers: answers.Operations, FailedOperation: answers.Failed}, err
	}
	return none, err
}

// Outcome is metadata.RequestStore's.
func (n nouns) Outcome(ctx context.Context, id metadata.RequestID, firstRevision uint64, opts ...metadata.ReadOption) (metadata.Read[metadata.Outcome], error) {
	return get(ctx, n, opts, func(s *metadata.State) (metadata.Outcome, error) { return s.Outcome(id, firstRevision), nil })
}

// Settle is metadata.RequestStore's.
func (n nouns) Settle(ctx context.Context, spec metadata.SettleSpec, opts ...metadata.WriteOption) (metadata.Settled, error) {
	res, w, err := n.result(ctx, metadata.NewSettle(spec), opts)
	settled := metadata.Settled{Written: w}
	if res.Response.Settled != nil {
		settled.Answer = *res.Response.Settled
	}
	return settled, err
}
