package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/client"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

func TestSettledError(t *testing.T) {
	c := &cli{addr: "127.0.0.1:1"}
	forgotten := &metadata.Error{Code: metadata.CodeRequestTimedOut, Message: "too old"}
	tooOld := c.writeFailed(&client.UnknownOutcome{
		RequestID: metadata.RequestID{1}, Err: &sdk.Error{Reason: sdk.ReasonTimeout, Outcome: sdk.Unknown, Err: forgotten},
	}, "", nil)
	for name, test := range map[string]struct {
		err    error
		answer metadata.Result
		code   int
		text   string
	}{
		"done":          {nil, metadata.Result{}, exitOK, ""},
		"never":         {nil, metadata.Result{Code: metadata.CodeOperationNotAttempted}, exitConflict, "never will be"},
		"refused":       {nil, metadata.Result{Code: metadata.CodeUnknownTopicID, Message: "no such topic"}, exitNotFound, "no such topic"},
		"too old":       {tooOld, metadata.Result{}, exitUnknown, "too old. Nobody can tell any more"},
		"not settled":   {c.writeFailed(errUnknown, "", nil), metadata.Result{}, exitUnknown, "--request-id"},
		"another error": {c.explain(errAway), metadata.Result{}, exitUnreachable, "no node answers"},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.settledError(test.err, test.answer)
			if test.code == exitOK {
				require.NoError(t, err)
				return
			}
			var f *failure
			require.ErrorAs(t, err, &f)
			require.Equal(t, test.code, f.code)
			require.Contains(t, f.Error(), test.text)
		})
	}
	require.NotContains(t, c.settledError(tooOld, metadata.Result{}).Error(), "--request-id")
}
