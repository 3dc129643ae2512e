package conformance

import (
	"context"

	"github.com/chronik-stream/metalog/metadata"
)

// settle NAME@FIRST makes certain what became of a request.
func readSettle(s *teller, w *words) write {
	var spec metadata.SettleSpec
	spec.RequestID, spec.FirstRevision = w.request(w.next())
	return write{
		held: metadata.BatchOperation{Settle: &spec},
		do: func(ctx context.Context, opts []metadata.WriteOption) (metadata.Written, metadata.Response, error) {
			got, err := s.target.Store.Settle(ctx, spec, opts...)
			if err != nil {
				return got.Written, metadata.Response{}, err
			}
			return got.Written, metadata.Response{Settled: &got.Answer}, nil
		},
	}
}

// outcome NAME@FIRST tells what became of a request so far.
func readOutcome(s *teller, w *words) call {
	id, first := w.request(w.next())
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.Outcome(ctx, id, first)
		return shown(got, err, func(o metadata.Outcome) string {
			if o.Fate != metadata.FateAnswered {
				return o.Fate.String()
			}
			return "answered: " + s.showResult(o.Answer)
		})
	}
}
