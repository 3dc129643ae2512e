package local

import (
	"context"

	"github.com/chronik-stream/metalog/sdk"
)

func errClosed() error {
	return &sdk.Error{Reason: sdk.ReasonClosed, Outcome: sdk.NotAppended, Message: "the session has ended"}
}

func gaveUp(ctx context.Context, what string, o sdk.Outcome) error {
	return &sdk.Error{Reason: sdk.ReasonTimeout, Outcome: o, Message: what, Err: ctx.Err()}
}
