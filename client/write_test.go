package client_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/api/convert"
	"github.com/chronik-stream/metalog/client"
	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// A first revision is only worth something if it was seen before the first
// attempt.
func TestWriteLearnsARevisionFirst(t *testing.T) {
	n := &node{status: host.Status{Revision: 41}}
	c := dial(t, serve(t, n).address)
	for range 2 {
		_, err := c.CreateTopic(t.Context(), orders)
		require.NoError(t, err)
	}
	attempts := n.attempts()
	require.EqualValues(t, 41, *attempts[0].FirstRevision, "from the status")
	require.EqualValues(t, 42, *attempts[1].FirstRevision, "from the first answer")
	require.NotEqual(t, attempts[0].RequestID, attempts[1].RequestID)
}

func TestCallersRequestIDIsKept(t *testing.T) {
	n := &node{create: failing(&sdk.Error{Reason: sdk.ReasonNoQuorum, Outcome: sdk.NotAppended})}
	id := metadata.RequestID{7}
	_, err := dial(t, serve(t, n).address).CreateTopic(t.Context(), orders, metadata.WithRequestID(id, 5))
	require.NoError(t, err)
	requireOneRequest(t, n.attempts(), 2)
	require.Equal(t, id, n.attempts()[0].RequestID)
	require.EqualValues(t, 5, *n.attempts()[0].FirstRevision)
}

func TestWhatPassesIsTriedAgain(t *testing.T) {
	for name, err := range map[string]error{
		"no quorum":  &sdk.Error{Reason: sdk.ReasonNoQuorum, Outcome: sdk.NotAppended},
		"overloaded": &sdk.Error{Reason: sdk.ReasonOverloaded, Outcome: sdk.NotAppended, RetryAfter: 30 * time.Millisecond},
		"unknown":    &sdk.Error{Reason: sdk.ReasonTimeout},
		"a panic":    errors.New("nobody knows"),
	} {
		t.Run(name, func(t *testing.T) {
			n := &node{create: failing(err, err)}
			begin := time.Now()
			_, err2 := dial(t, serve(t, n).address).CreateTopic(t.Context(), orders)
			require.NoError(t, err2)
			requireOneRequest(t, n.attempts(), 3)
			var e *sdk.Error
			if errors.As(err, &e) {
				require.GreaterOrEqual(t, time.Since(begin), 2*e.RetryAfter)
			}
		})
	}
}

func TestWhatWontPassIsToldAtOnce(t *testing.T) {
	for name, row := range map[string]struct {
		err error
		is  error
	}{
		"a refusal":      {&metadata.Error{Code: metadata.CodeTopicAlreadyExists, Revision: 3}, metadata.ErrAlreadyExists},
		"a stopped node": {&sdk.Error{Reason: sdk.ReasonClosed, Outcome: sdk.NotAppended}, sdk.ErrClosed},
		"sealed":         {convert.Matching("moved to b", &sdk.Error{Outcome: sdk.NotAppended}, metadata.ErrSealed), metadata.ErrSealed},
		"too large":      {&sdk.Error{Reason: sdk.ReasonTooLarge, Outcome: sdk.NotAppended}, sdk.ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			n := &node{create: failing(row.err, row.err)}
			_, err := dial(t, serve(t, n).address).CreateTopic(t.Context(), orders)
			require.ErrorIs(t, err, row.is)
			require.NotErrorIs(t, err, sdk.ErrOutcomeUnknown)
			require.Len(t, n.attempts(), 1)
		})
	}
}

func TestTimeIsUp(t *testing.T) {
	noQuorum := &sdk.Error{Reason: sdk.ReasonNoQuorum, Outcome: sdk.NotAppended}
	unsure := &sdk.Error{Reason: sdk.ReasonTimeout}
	for name, row := range map[string]struct {
		errs    []error
		unknown bool
	}{
		"never appended":             {[]error{noQuorum, noQuorum, noQuorum, noQuorum, noQuorum, noQuorum, noQuorum, noQuorum}, false},
		"unknown once, then refused": {[]error{unsure, noQuorum, noQuorum, noQuorum, noQuorum, noQuorum, noQuorum, noQuorum}, true},
	} {
		t.Run(name, func(t *testing.T) {
			n := &node{status: host.Status{Revision: 9}, create: failing(row.errs...)}
			_, err := dial(t, serve(t, n).address, client.RetryFor(100*time.Millisecond)).CreateTopic(t.Context(), orders)
			require.Equal(t, row.unknown, errors.Is(err, sdk.ErrOutcomeUnknown), "%v", err)
			require.Equal(t, !row.unknown, errors.Is(err, sdk.ErrNotAppended), "%v", err)
			u, ok := errors.AsType[*client.UnknownOutcome](err)
			require.Equal(t, row.unknown, ok)
			if ok {
				require.Equal(t, n.attempts()[0].RequestID, u.RequestID)
				require.EqualValues(t, 9, u.FirstRevision)
				require.Contains(t, err.Error(), u.RequestID.String())
			}
		})
	}
}

func TestOnce(t *testing.T) {
	n := &node{create: failing(&sdk.Error{Reason: sdk.ReasonNoQuorum, Outcome: sdk.NotAppended})}
	_, err := dial(t, serve(t, n).address, client.RetryFor(0)).CreateTopic(t.Context(), orders)
	require.ErrorIs(t, err, sdk.ErrNoQuorum)
	require.Len(t, n.attempts(), 1)
}

// An idle client may come back with a revision so old that the node no longer
// keeps answers of it (G7). Under an id that nobody has used, nothing is open.
func TestRevisionBeyondTheWindowIsRenewed(t *testing.T) {
	late := &sdk.Error{Reason: sdk.ReasonTimeout, Err: &metadata.Error{Code: metadata.CodeRequestTimedOut, Revision: 70_001}}
	n := &node{create: failing(late)}
	r := serve(t, n)
	c := dial(t, r.address)
	n.status = host.Status{Revision: 70_001}
	_, err := c.CreateTopic(t.Context(), orders)
	require.NoError(t, err)
	attempts := n.attempts()
	require.Len(t, attempts, 2)
	require.Equal(t, attempts[0].RequestID, attempts[1].RequestID)
	require.EqualValues(t, 70_001, *attempts[1].FirstRevision)

	t.Run("not twice", func(t *testing.T) {
		n := &node{create: failing(late, late)}
		_, err := dial(t, serve(t, n).address).CreateTopic(t.Context(), orders)
		require.ErrorIs(t, err, sdk.ErrOutcomeUnknown)
		_, repeat := errors.AsType[*client.UnknownOutcome](err)
		require.False(t, repeat, "there is nothing to repeat: %v", err)
		require.Len(t, n.attempts(), 2)
	})
	t.Run("not after an open attempt", func(t *testing.T) {
		n := &node{create: failing(&sdk.Error{Reason: sdk.ReasonTimeout}, late)}
		_, err := dial(t, serve(t, n).address).CreateTopic(t.Context(), orders)
		require.ErrorIs(t, err, sdk.ErrOutcomeUnknown)
		requireOneRequest(t, n.attempts(), 2)
	})
	t.Run("not for the caller's id", func(t *testing.T) {
		n := &node{create: failing(late)}
		_, err := dial(t, serve(t, n).address).CreateTopic(t.Context(), orders, metadata.WithRequestID(metadata.RequestID{1}, 2))
		u, ok := errors.AsType[*client.UnknownOutcome](err)
		require.True(t, ok, "%v", err)
		require.Equal(t, metadata.RequestID{1}, u.RequestID)
		require.EqualValues(t, 2, u.FirstRevision)
		require.Len(t, n.attempts(), 1)
	})
}

// A node that was set up anew counts from zero again.
func TestRevisionAheadOfTheNodeIsRenewed(t *testing.T) {
	ahead := &metadata.Error{Code: metadata.CodeInvalidRequest, Revision: 1, Message: "ahead"}
	n := &node{status: host.Status{Revision: 500}, create: failing(ahead)}
	c := dial(t, serve(t, n).address)
	_, err := c.CreateTopic(t.Context(), orders)
	require.NoError(t, err)
	require.Len(t, n.attempts(), 2)

	n = &node{create: failing(ahead)}
	_, err = dial(t, serve(t, n).address).CreateTopic(t.Context(), orders, metadata.WithRequestID(metadata.RequestID{1}, 9))
	require.ErrorIs(t, err, metadata.ErrInvalid)
	require.Len(t, n.attempts(), 1)
}

func TestValidateOnlyLeavesNothingOpen(t *testing.T) {
	n := &node{create: failing(&sdk.Error{Reason: sdk.ReasonNoQuorum, Outcome: sdk.NotAppended})}
	_, err := dial(t, serve(t, n).address).CreateTopic(t.Context(), orders, metadata.ValidateOnly())
	require.ErrorIs(t, err, sdk.ErrNoQuorum)
	require.Equal(t, []metadata.WriteOptions{{ValidateOnly: true}}, n.attempts())
}

func TestUnsendableRequestsAreRefusals(t *testing.T) {
	c := dial(t, serve(t, &node{}).address)
	for name, row := range map[string]struct {
		spec metadata.TopicSpec
		is   error
	}{
		"too large": {metadata.TopicSpec{Name: strings.Repeat("x", convert.MaxRequest)}, metadata.ErrTooLarge},
		"no text":   {metadata.TopicSpec{Name: "a\xff"}, metadata.ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			for _, opts := range [][]metadata.WriteOption{nil, {metadata.ValidateOnly()}} {
				_, err := c.CreateTopic(t.Context(), row.spec, opts...)
				require.ErrorIs(t, err, row.is)
				require.NotErrorIs(t, err, sdk.ErrOutcomeUnknown)
			}
		})
	}
}
