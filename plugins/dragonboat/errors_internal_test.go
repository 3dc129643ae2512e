package dragonboat

import (
	"errors"
	"testing"

	library "github.com/lni/dragonboat/v4"
	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

// What the library says before it queues a request leaves it nowhere; what isn't known
// leaves everything open.
func TestOutcomes(t *testing.T) {
	for err, want := range map[error]*sdk.Error{
		library.ErrSystemBusy:          {Reason: sdk.ReasonOverloaded, Outcome: sdk.NotAppended},
		library.ErrPayloadTooBig:       {Reason: sdk.ReasonTooLarge, Outcome: sdk.NotAppended},
		library.ErrShardNotReady:       {Reason: sdk.ReasonNoQuorum, Outcome: sdk.NotAppended},
		library.ErrShardNotInitialized: {Reason: sdk.ReasonNoQuorum, Outcome: sdk.NotAppended},
		library.ErrShardNotFound:       {Reason: sdk.ReasonNoQuorum, Outcome: sdk.NotAppended},
		library.ErrShardClosed:         {Reason: sdk.ReasonClosed, Outcome: sdk.NotAppended},
		library.ErrClosed:              {Reason: sdk.ReasonClosed, Outcome: sdk.NotAppended},
		library.ErrTimeoutTooSmall:     {Reason: sdk.ReasonTimeout, Outcome: sdk.NotAppended},
		errors.New("something else"):   {Reason: sdk.ReasonInternal, Outcome: sdk.Unknown},
	} {
		var got *sdk.Error
		require.ErrorAs(t, ofRequest("write", err), &got)
		require.Equal(t, want.Reason, got.Reason, err)
		require.Equal(t, want.Outcome, got.Outcome, err)
	}
	require.NoError(t, ofRequest("write", nil))
	var got *sdk.Error
	require.ErrorAs(t, ofResult("write", library.RequestResult{}), &got) // timed out
	require.Equal(t, sdk.Unknown, got.Outcome)
}
