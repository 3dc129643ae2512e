package dragonboat

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"unsafe"

	library "github.com/lni/dragonboat/v4"
	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

// Nothing that was queued may be called nowhere, and nothing that wasn't unknown.
func TestOutcomesOfRequests(t *testing.T) {
	for err, is := range map[error]struct {
		reason  error
		outcome sdk.Outcome
	}{
		library.ErrSystemBusy:                     {sdk.ErrOverloaded, sdk.NotAppended},
		library.ErrPayloadTooBig:                  {sdk.ErrTooLarge, sdk.NotAppended},
		library.ErrShardNotReady:                  {sdk.ErrNoQuorum, sdk.NotAppended},
		library.ErrShardNotInitialized:            {sdk.ErrNoQuorum, sdk.NotAppended},
		library.ErrShardNotFound:                  {sdk.ErrNoQuorum, sdk.NotAppended},
		library.ErrShardClosed:                    {sdk.ErrClosed, sdk.NotAppended},
		library.ErrClosed:                         {sdk.ErrClosed, sdk.NotAppended},
		library.ErrTimeoutTooSmall:                {sdk.ErrTimeout, sdk.NotAppended},
		library.ErrInvalidDeadline:                {sdk.ErrTimeout, sdk.NotAppended},
		library.ErrTimeout:                        {sdk.ErrInternal, sdk.Unknown},
		errors.New("of a later version"):          {sdk.ErrInternal, sdk.Unknown},
		fmt.Errorf("%w", library.ErrSystemBusy):   {sdk.ErrOverloaded, sdk.NotAppended},
		fmt.Errorf("%w", errors.ErrUnsupported):   {sdk.ErrInternal, sdk.Unknown},
		fmt.Errorf("%w", library.ErrInvalidRange): {sdk.ErrInternal, sdk.Unknown},
	} {
		got := ofRequest("propose", err)
		require.ErrorIs(t, got, is.reason, err.Error())
		require.Equal(t, is.outcome, sdk.OutcomeOf(got), err.Error())
	}
	require.NoError(t, ofRequest("propose", nil))
	var busy *sdk.Error
	require.ErrorAs(t, ofRequest("propose", library.ErrSystemBusy), &busy)
	require.Positive(t, busy.RetryAfter)
}

// resultOf is what the library says by one of its codes, which it doesn't export.
func resultOf(code int) (r library.RequestResult) {
	field := reflect.ValueOf(&r).Elem().FieldByName("code")
	*(*int)(unsafe.Pointer(field.UnsafeAddr())) = code
	return r
}

func TestOutcomesOfResults(t *testing.T) {
	for i, is := range []struct {
		named   func(library.RequestResult) bool
		reason  error
		outcome sdk.Outcome
	}{
		{func(r library.RequestResult) bool { return r.Timeout() }, sdk.ErrTimeout, sdk.Unknown},
		{func(r library.RequestResult) bool { return r.Completed() }, nil, 0},
		{func(r library.RequestResult) bool { return r.Terminated() }, sdk.ErrClosed, sdk.Unknown},
		{func(r library.RequestResult) bool { return r.Rejected() }, sdk.ErrConflict, sdk.NotAppended},
		{func(r library.RequestResult) bool { return r.Dropped() }, sdk.ErrNoQuorum, sdk.NotAppended},
		{func(r library.RequestResult) bool { return r.Aborted() }, sdk.ErrTimeout, sdk.Unknown},
	} {
		r := resultOf(i)
		require.True(t, is.named(r), "code %d has another meaning in this version of the library", i)
		got := ofResult("propose", r)
		if is.reason == nil {
			require.NoError(t, got)
			continue
		}
		require.ErrorIs(t, got, is.reason, i)
		require.Equal(t, is.outcome, sdk.OutcomeOf(got), i)
	}
}
