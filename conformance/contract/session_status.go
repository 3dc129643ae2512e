package contract

import (
	"context"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/backendpb"
)

// surelyRefused says what is wrong with the answer to a call that comes at the
// wrong time: it is a failure, and leaves nothing open.
func surelyRefused(what string, f *backendpb.Failure, err error) error {
	if s, ok := status.FromError(err); err != nil && ok {
		for _, d := range s.Details() {
			if detail, ok := d.(*backendpb.Failure); ok {
				f, err = detail, nil
			}
		}
		if s.Code() == codes.Unimplemented {
			return nil
		}
	}
	switch {
	case err != nil:
		return fmt.Errorf("%s broke instead of being refused: %w", what, err)
	case f == nil:
		return fmt.Errorf("%s went well", what)
	case f.GetOutcome() != backendpb.Outcome_OUTCOME_NOT_APPENDED:
		return fmt.Errorf("%s was refused, but leaves its outcome open: %w", what, failed(f))
	}
	return nil
}

func statusIsTrue(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	if n.Machine.Counts().Statuses == 0 {
		return fmt.Errorf("no status had come when Open returned")
	}
	within, cancel := s.Within(ctx)
	defer cancel()
	if err := n.Machine.Await(within, "a status that says it can be proposed to", func() bool {
		return n.Machine.Status().CanPropose
	}); err != nil {
		return err
	}
	if st := n.Machine.Status(); st.Leader != "n1" || st.Health != sdk.HealthOK {
		return fmt.Errorf("the only node can be proposed to and names leader %q, health %s %s: it leads itself", st.Leader, st.Health, st.Reason)
	}
	var offers trial.Offers
	if err := offers.Load(ctx, n, "true", 1, 3); err != nil {
		return fmt.Errorf("its status said that it can be proposed to: %w", err)
	}
	return offers.Settle(ctx, s, n.Machine)
}

func storedIndexIsTrue(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	var offers trial.Offers
	if err := offers.Load(ctx, n, "stored", 2, 20); err != nil {
		return err
	}
	if err := offers.Settle(ctx, s, n.Machine); err != nil {
		return err
	}
	if err := n.Close(ctx); err != nil {
		return err
	}
	again, err := s.Open(ctx, "n1", n.Machine)
	if err != nil {
		return err
	}
	if st := again.Machine.Status(); st.StoredIndex < n.Machine.Applied() {
		return fmt.Errorf("when Open returned, the status said stored_index %d, and entries up to %d had been delivered before", st.StoredIndex, n.Machine.Applied())
	}
	return nil
}
