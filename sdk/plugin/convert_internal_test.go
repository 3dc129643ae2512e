package plugin

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/backendpb"
)

// filled returns a T no field of which is zero, each another value, so that a
// field that a conversion forgets is missed.
func filled[T any]() T {
	var v T
	n := 0
	fill(reflect.ValueOf(&v).Elem(), &n)
	return v
}

func fill(v reflect.Value, n *int) {
	*n++
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.UnixMilli(int64(1_700_000_000_000 + *n))))
	case v.Kind() == reflect.String:
		v.SetString(string(rune('a' + *n)))
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	case v.CanUint():
		v.SetUint(uint64(*n)%2 + 1) // in range of every enum
	case v.CanInt():
		v.SetInt(int64(*n))
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), n)
		fill(v.Index(1), n)
	case v.Kind() == reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, n)
		fill(value, n)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	}
}

// crossed is m after a trip over the wire.
func crossed[M proto.Message](t *testing.T, m M) M {
	t.Helper()
	b, err := proto.Marshal(m)
	require.NoError(t, err)
	out := m.ProtoReflect().New().Interface().(M)
	require.NoError(t, proto.Unmarshal(b, out))
	return out
}

func TestEveryFieldCrosses(t *testing.T) {
	config := filled[sdk.Config]()
	config.Directory = "" // Guard's, on the plugin's side
	require.Equal(t, config, configFromPB(crossed(t, configToPB(config))))
	status := filled[sdk.Status]()
	require.Equal(t, status, statusFromPB(crossed(t, statusToPB(status))))
	info := filled[sdk.Info]()
	info.PID, info.SHA256 = 0, "" // what a process can't say of itself
	require.Equal(t, info, infoFromPB(crossed(t, infoToPB(info))))
	l := limits{windowEntries: 3, windowBytes: 7 << 20, stall: time.Minute, proposals: 5}
	require.Equal(t, l, limitsOf(crossed(t, l.hello())))
}

func TestNothingCrossesAsNothing(t *testing.T) {
	require.Equal(t, sdk.Config{}, configFromPB(crossed(t, configToPB(sdk.Config{}))))
	require.Equal(t, sdk.Status{}, statusFromPB(crossed(t, statusToPB(sdk.Status{}))))
	require.Equal(t, sdk.Member{}, memberFromPB(crossed(t, memberToPB(sdk.Member{}))))
	require.Equal(t, limits{}.orDefault(), limitsOf(&backendpb.Hello{}))
	require.NoError(t, errorFromPB(failureOf(nil)))
}

func TestEnumsAgreeByNumber(t *testing.T) {
	for name, pair := range map[string][2]int{
		"ok":       {int(sdk.HealthOK), int(backendpb.Health_HEALTH_OK)},
		"degraded": {int(sdk.HealthDegraded), int(backendpb.Health_HEALTH_DEGRADED)},
		"failed":   {int(sdk.HealthFailed), int(backendpb.Health_HEALTH_FAILED)},
		"voter":    {int(sdk.RoleVoter), int(backendpb.Role_ROLE_VOTER)},
		"learner":  {int(sdk.RoleLearner), int(backendpb.Role_ROLE_LEARNER)},
		"new":      {int(sdk.StartNew), int(backendpb.Start_START_NEW)},
		"join":     {int(sdk.StartJoin), int(backendpb.Start_START_JOIN)},
		"restart":  {int(sdk.StartRestart), int(backendpb.Start_START_RESTART)},
	} {
		require.Equal(t, pair[0], pair[1], name)
	}
}

// wireName is a reason's name as the proto spells it.
func wireName(s string) string {
	return "REASON_" + strings.ToUpper(strings.ReplaceAll(s, " ", "_"))
}

func TestEveryReasonAndOutcomeCrossesBothWays(t *testing.T) {
	require.Len(t, reasons, len(backendpb.Reason_name), "a reason of the wire has no row")
	for _, row := range reasons {
		for _, o := range []sdk.Outcome{sdk.Unknown, sdk.NotAppended} {
			e := &sdk.Error{Reason: row.reason, Outcome: o, Message: "why", RetryAfter: 30 * time.Millisecond, Field: "dir"}
			require.Equal(t, error(e), errorFromPB(crossed(t, failureOf(e))))
			require.Equal(t, error(e), transportError(statusOf(e)))
			require.Equal(t, wireName(row.reason.String()), row.wire.String())
		}
	}
}

func TestReasonOfALaterVersionIsInternal(t *testing.T) {
	err := errorFromPB(&backendpb.Failure{Reason: 99, Outcome: 98, Message: "new"})
	require.ErrorIs(t, err, sdk.ErrInternal)
	require.ErrorIs(t, err, sdk.ErrOutcomeUnknown)
	require.ErrorContains(t, err, "new")
}

func TestWhatTheTransportSaysIsUnknown(t *testing.T) {
	for code, reason := range map[codes.Code]sdk.Reason{
		codes.Unavailable: sdk.ReasonClosed, codes.Canceled: sdk.ReasonClosed, codes.Unknown: sdk.ReasonClosed,
		codes.DeadlineExceeded: sdk.ReasonTimeout, codes.Internal: sdk.ReasonInternal, codes.ResourceExhausted: sdk.ReasonInternal,
	} {
		err := transportError(status.Error(code, "why"))
		var e *sdk.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, reason, e.Reason, code)
		require.Equal(t, sdk.Unknown, e.Outcome, code)
	}
	err := transportError(status.Error(codes.Unimplemented, "unknown method"))
	require.ErrorIs(t, err, sdk.ErrUnsupported)
	require.ErrorIs(t, err, sdk.ErrNotAppended)
	require.NoError(t, transportError(nil))
	require.NoError(t, statusOf(nil))
}

func TestMarks(t *testing.T) {
	m := newMarks()
	one, _ := m.reached(1)
	two, _ := m.reached(2)
	_, forget := m.reached(9)
	m.advance(1)
	<-one
	require.Len(t, m.waiting, 2)
	forget()
	m.advance(3)
	<-two
	require.Empty(t, m.waiting, "whoever is gone is forgotten")
	m.advance(2)
	past, _ := m.reached(3)
	<-past
}

func TestErrorsWithoutAReason(t *testing.T) {
	wrapped := errors.Join(errors.New("at start"), &sdk.Error{Reason: sdk.ReasonCorrupt, Outcome: sdk.NotAppended, Message: "bad page"})
	for _, c := range []struct {
		name    string
		err     error
		reason  sdk.Reason
		outcome sdk.Outcome
		message string
	}{
		{"a plain one", errors.New("disk on fire"), sdk.ReasonInternal, sdk.Unknown, "disk on fire"},
		{"a deadline", context.DeadlineExceeded, sdk.ReasonTimeout, sdk.Unknown, "deadline"},
		{"a wrapped one", wrapped, sdk.ReasonCorrupt, sdk.NotAppended, "at start"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var e *sdk.Error
			require.ErrorAs(t, errorFromPB(failureOf(c.err)), &e)
			require.Equal(t, c.reason, e.Reason)
			require.Equal(t, c.outcome, e.Outcome)
			require.Contains(t, e.Message, c.message)
		})
	}
}
