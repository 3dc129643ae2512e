package main

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/client"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

var (
	errUnknown = &client.UnknownOutcome{
		RequestID: metadata.RequestID{1, 2}, FirstRevision: 7,
		Err: &sdk.Error{Reason: sdk.ReasonTimeout, Message: "the backend is gone"},
	}
	errNoLeader = &sdk.Error{Reason: sdk.ReasonNoQuorum, Outcome: sdk.NotAppended}
	errAway     = fmt.Errorf("%w: connection refused", client.ErrUnreachable)
	errRefused  = fmt.Errorf("%w: %w", errAway, &sdk.Error{Outcome: sdk.NotAppended})
	errExists   = &metadata.Error{Code: metadata.CodeTopicAlreadyExists, Message: "there", Revision: 3}
)

func TestTicketText(t *testing.T) {
	ticket, ok, _ := ticketOf(errUnknown)
	require.True(t, ok)
	again, err := parseTicket("", ticket.String())
	require.NoError(t, err)
	require.Equal(t, ticket, again)
	for _, text := range []string{"", "x", "@1", "00@1", ticket.id.String(), ticket.id.String() + "@", ticket.id.String() + "@-1"} {
		_, err := parseTicket("--request-id: ", text)
		var f *failure
		require.ErrorAs(t, err, &f, text)
		require.Equal(t, exitUsage, f.code)
	}
}

func TestExitCodes(t *testing.T) {
	c := &cli{addr: "127.0.0.1:1"}
	for code, errs := range map[int][]error{
		exitError: {
			errors.New("x"), &metadata.Error{Code: metadata.CodeInvalidTopic}, &metadata.Error{Code: metadata.CodeInvalidRequest},
		},
		exitUnreachable: {errAway, context.DeadlineExceeded},
		exitNotFound: {
			&metadata.Error{Code: metadata.CodeUnknownTopicOrPartition}, &metadata.Error{Code: metadata.CodeBrokerIDNotRegistered},
		},
		exitConflict: {
			errExists, &metadata.Error{Code: metadata.CodeInvalidUpdateVersion}, &metadata.Error{Code: metadata.CodeStaleBrokerEpoch},
			&sdk.Error{Reason: sdk.ReasonConflict, Outcome: sdk.NotAppended}, metadata.ErrSealed,
		},
		exitUnhealthy: {metadata.ErrUnavailable, errNoLeader, errors.Join(metadata.ErrUnavailable, context.DeadlineExceeded)},
	} {
		for _, err := range errs {
			var f *failure
			require.ErrorAs(t, c.explain(err), &f)
			require.Equal(t, code, f.code, err)
		}
	}
	var f *failure
	require.ErrorAs(t, c.writeFailed(errUnknown, " --epoch 3", nil), &f)
	require.Equal(t, exitUnknown, f.code)
	require.Contains(t, f.Error(), "--request-id 01020000000000000000000000000000@7 --epoch 3")
}
