package convert

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// Keys of ErrorInfo.metadata. A refusal has the first three; a failure of
// replication has those from outcome on, and both if a refusal is its cause.
const (
	keyCode          = "code" // Kafka's number
	keyRevision      = "revision"
	keyDeduplicated  = "deduplicated"
	keyOutcome       = "outcome" // not_appended or unknown
	keyCause         = "cause"   // which failure left the outcome unknown
	keyMessage       = "message" // of the refusal, the status having the failure's
	keyField         = "field"
	keyRequestID     = "request_id"
	keyFirstRevision = "first_revision"
)

// alsoKinds are what an error may match beside what it is; each has a key that
// is there if it does.
var alsoKinds = []struct {
	key  string
	kind error
}{
	{"unavailable", metadata.ErrUnavailable},
	{"sealed", metadata.ErrSealed},
	{"deadline_exceeded", context.DeadlineExceeded},
	{"canceled", context.Canceled},
}

func noteKinds(pairs map[string]string, err error) map[string]string {
	for _, row := range alsoKinds {
		if errors.Is(err, row.kind) {
			pairs[row.key] = "true"
		}
	}
	return pairs
}

// ReadStatus renders what a read, or anything that writes nothing, returned.
func ReadStatus(err error) *status.Status {
	if sdkErr, ok := errors.AsType[*sdk.Error](err); ok {
		row := rowFor(err, sdkErr)
		return failure(err, sdkErr, row.code, row.name)
	}
	if refusal, ok := errors.AsType[*metadata.Error](err); ok {
		return refused(refusal)
	}
	switch {
	case errors.Is(err, metadata.ErrSealed):
		return plain(codes.FailedPrecondition, ReasonSealed, err)
	case errors.Is(err, metadata.ErrUnavailable):
		return plain(codes.Unavailable, ReasonUnavailable, err)
	case errors.Is(err, context.DeadlineExceeded):
		return plain(codes.DeadlineExceeded, ReasonDeadline, err)
	case errors.Is(err, context.Canceled):
		return plain(codes.Canceled, ReasonCanceled, err)
	}
	return plain(codes.Internal, ReasonInternal, err)
}

// WriteStatus renders what a write returned. An error that doesn't say it was
// refused or not appended leaves the outcome unknown, and then the status names
// the attempt w to repeat.
func WriteStatus(err error, w metadata.Written) *status.Status {
	sdkErr, ok := errors.AsType[*sdk.Error](err)
	if ok && sdkErr.Outcome == sdk.NotAppended {
		row := rowFor(err, sdkErr)
		return failure(err, sdkErr, row.code, row.name)
	}
	if refusal, is := errors.AsType[*metadata.Error](err); is && !ok {
		return refused(refusal)
	}
	if !ok {
		sdkErr = &sdk.Error{Reason: reasonOf(err)}
	}
	code := codes.Unknown
	if sdkErr.Reason == sdk.ReasonTimeout {
		code = codes.DeadlineExceeded
	}
	return failure(err, sdkErr, code, ReasonOutcomeUnknown,
		keyCause, rowOf(sdkErr.Reason).name,
		keyRequestID, idText(w.RequestID),
		keyFirstRevision, strconv.FormatUint(w.FirstRevision, 10))
}

// reasonOf guesses why an error without a reason was returned.
func reasonOf(err error) sdk.Reason {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return sdk.ReasonTimeout
	}
	return sdk.ReasonInternal
}

func refused(e *metadata.Error) *status.Status {
	return withInfo(refusalCode(e), e.Error(), e.Code.String(), refusalPairs(e))
}

func refusalPairs(e *metadata.Error) map[string]string {
	pairs := map[string]string{
		keyCode:     strconv.Itoa(int(e.Code)),
		keyRevision: strconv.FormatUint(e.Revision, 10),
	}
	if e.Deduplicated {
		pairs[keyDeduplicated] = "true"
	}
	return pairs
}

// failure renders err, in whose chain e stands, and a refusal below e.
func failure(err error, e *sdk.Error, code codes.Code, reason string, more ...string) *status.Status {
	pairs := map[string]string{}
	if refusal, ok := errors.AsType[*metadata.Error](err); ok {
		pairs = refusalPairs(refusal)
		pairs[keyMessage] = refusal.Message
	}
	pairs[keyOutcome] = outcomes[e.Outcome]
	if e.Field != "" {
		pairs[keyField] = e.Field
	}
	noteKinds(pairs, err)
	for i := 0; i < len(more); i += 2 {
		if more[i+1] != "" {
			pairs[more[i]] = more[i+1]
		}
	}
	var details []protoadapt.MessageV1
	if e.Reason == sdk.ReasonOverloaded {
		details = append(details, &errdetails.RetryInfo{RetryDelay: durationpb.New(e.RetryAfter)})
	}
	return withInfo(code, err.Error(), reason, pairs, details...)
}

var outcomes = map[sdk.Outcome]string{sdk.Unknown: "unknown", sdk.NotAppended: "not_appended"}

func plain(code codes.Code, reason string, err error) *status.Status {
	return withInfo(code, err.Error(), reason, noteKinds(map[string]string{}, err))
}

// withInfo puts a status together. Texts may come from a backend and hold
// anything, and a message must be UTF-8.
func withInfo(code codes.Code, message, reason string, pairs map[string]string, more ...protoadapt.MessageV1) *status.Status {
	for key, text := range pairs {
		pairs[key] = strings.ToValidUTF8(text, "\uFFFD")
	}
	st := status.New(code, strings.ToValidUTF8(message, "\uFFFD"))
	details := append([]protoadapt.MessageV1{&errdetails.ErrorInfo{Reason: reason, Domain: Domain, Metadata: pairs}}, more...)
	full, err := st.WithDetails(details...)
	if err != nil {
		return st
	}
	return full
}
