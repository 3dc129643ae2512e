package membership

import (
	"context"

	"google.golang.org/grpc/peer"

	"github.com/chronik-stream/metalog/internal/membership/peerpb"
	"github.com/chronik-stream/metalog/sdk"
)

// Service answers other nodes. Many call it at once. What a backend answers beside it
// adds to it.
type Service struct {
	peerpb.UnimplementedPeerServer
	Seat *Seat
}

// AsMember refuses who doesn't belong to the cluster any more.
func (s Service) AsMember(ctx context.Context) error {
	node := "?"
	if p, ok := peer.FromContext(ctx); ok {
		node = p.Addr.String()
	}
	if _, ok := Find(s.Seat.Library.Members(), node); !ok {
		return NoQuorum("%s", RemovedText(node))
	}
	return nil
}

// Propose appends an entry for another node.
func (s Service) Propose(ctx context.Context, r *peerpb.ProposeRequest) (*peerpb.ProposeResponse, error) {
	return &peerpb.ProposeResponse{Failure: FailureOf(s.propose(ctx, r))}, nil
}

func (s Service) propose(ctx context.Context, r *peerpb.ProposeRequest) error {
	if err := s.AsMember(ctx); err != nil {
		return err
	}
	if len(r.GetData()) > sdk.MaxEntrySize {
		return &sdk.Error{Reason: sdk.ReasonTooLarge, Outcome: sdk.NotAppended, Message: "not a proposal as this version makes them"}
	}
	if err := s.Seat.MustLead(); err != nil {
		return err
	}
	return s.Seat.Library.ProposeHere(ctx, r.GetId(), r.GetData())
}

// Change changes one member.
func (s Service) Change(ctx context.Context, r *peerpb.ChangeRequest) (*peerpb.ChangeResponse, error) {
	err := s.AsMember(ctx)
	if err == nil {
		err = s.Seat.Library.ChangeHere(ctx, ChangeFromPB(r))
	}
	return &peerpb.ChangeResponse{Failure: FailureOf(err)}, nil
}

// Transfer hands leadership on.
func (s Service) Transfer(ctx context.Context, r *peerpb.TransferRequest) (*peerpb.TransferResponse, error) {
	err := s.AsMember(ctx)
	if err == nil {
		err = s.Seat.Library.TransferHere(ctx, r.GetNode())
	}
	return &peerpb.TransferResponse{Failure: FailureOf(err)}, nil
}

// Report says how this node is.
func (s Service) Report(_ context.Context, r *peerpb.ReportRequest) (*peerpb.ReportResponse, error) {
	report := s.Seat.Library.Report(r.GetNode())
	report.Leader, _ = s.Seat.Library.Leader()
	_, report.Member = Find(s.Seat.Library.Members(), r.GetNode())
	return report, nil
}
