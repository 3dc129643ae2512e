package peerport

import (
	"fmt"

	"github.com/chronik-stream/metalog/sdk"
)

func invalid(field, format string, args ...any) error {
	return &sdk.Error{Reason: sdk.ReasonInvalidConfig, Outcome: sdk.NotAppended, Field: field, Message: fmt.Sprintf(format, args...)}
}
