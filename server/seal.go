package server

import (
	"context"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

func (a *admin) Seal(ctx context.Context, r *metalogv1.SealRequest) (*metalogv1.SealResponse, error) {
	st, err := a.server.node.Seal(ctx, r.GetTarget())
	if err != nil {
		return nil, convert.WriteStatus(err, metadata.Written{}).Err()
	}
	return &metalogv1.SealResponse{Revision: st.Revision, Digest: st.Digest.String()}, nil
}

func (a *admin) Unseal(ctx context.Context, _ *metalogv1.UnsealRequest) (*metalogv1.UnsealResponse, error) {
	if err := a.server.node.Unseal(ctx); err != nil {
		return nil, convert.WriteStatus(err, metadata.Written{}).Err()
	}
	return &metalogv1.UnsealResponse{}, nil
}
