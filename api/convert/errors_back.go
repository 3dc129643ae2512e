package convert

import (
	"errors"
	"strconv"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// Error is the error that a node's method returned, read back from the status
// that its server made of it: errors.Is and errors.As answer as they did there.
// It is nil for a status that no node made, such as a broken connection's.
func Error(st *status.Status) error {
	info := infoOf(st)
	if info == nil {
		return nil
	}
	if _, ok := info.GetMetadata()[keyOutcome]; ok {
		return failureOf(st, info)
	}
	if refusal, ok := refusalOf(info.GetMetadata()); ok {
		if st.Message() != refusal.Code.String() {
			refusal.Message = st.Message()
		}
		return refusal
	}
	return Matching(st.Message(), kindsOf(info.GetMetadata())...)
}

// kindsOf undoes noteKinds.
func kindsOf(pairs map[string]string) (kinds []error) {
	for _, row := range alsoKinds {
		if pairs[row.key] == "true" {
			kinds = append(kinds, row.kind)
		}
	}
	return kinds
}

// Matching is an error with a text of its own that matches every one of kinds.
func Matching(message string, kinds ...error) error {
	return &answer{message: message, kinds: kinds}
}

type answer struct {
	message string
	kinds   []error
}

func (a *answer) Error() string   { return a.message }
func (a *answer) Unwrap() []error { return a.kinds }

func infoOf(st *status.Status) *errdetails.ErrorInfo {
	for _, d := range st.Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok && info.GetDomain() == Domain {
			return info
		}
	}
	return nil
}

// refusalOf reads the refusal that pairs hold, if they do.
func refusalOf(pairs map[string]string) (refusal *metadata.Error, ok bool) {
	code, errCode := strconv.ParseInt(pairs[keyCode], 10, 16)
	revision, errRevision := strconv.ParseUint(pairs[keyRevision], 10, 64)
	return &metadata.Error{
		Code:         metadata.Code(code),
		Message:      pairs[keyMessage],
		Revision:     revision,
		Deduplicated: pairs[keyDeduplicated] == "true",
	}, errCode == nil && errRevision == nil
}

func failureOf(st *status.Status, info *errdetails.ErrorInfo) error {
	pairs := info.GetMetadata()
	name := info.GetReason()
	if name == ReasonOutcomeUnknown {
		name = pairs[keyCause]
	}
	row, _ := rowNamed(name)
	e := &sdk.Error{Reason: row.reason, Field: pairs[keyField], Message: st.Message()}
	if pairs[keyOutcome] == outcomes[sdk.NotAppended] {
		e.Outcome = sdk.NotAppended
	}
	for _, d := range st.Details() {
		if retry, ok := d.(*errdetails.RetryInfo); ok {
			e.RetryAfter = retry.GetRetryDelay().AsDuration()
		}
	}
	return withCauses(e, pairs)
}

// withCauses adds to e what else the status says was in the chain. The text
// stays the status's, which has all of it.
func withCauses(e *sdk.Error, pairs map[string]string) error {
	causes := []error{e}
	if refusal, ok := refusalOf(pairs); ok {
		causes = append(causes, refusal)
	}
	causes = append(causes, kindsOf(pairs)...)
	if len(causes) == 1 && e.Field == "" {
		return e
	}
	return Matching(e.Message, causes...)
}

// Attempt is what to repeat after an unknown outcome, as the server told it;
// ok is false if it told none.
func Attempt(st *status.Status) (id metadata.RequestID, firstRevision uint64, ok bool) {
	pairs := infoOf(st).GetMetadata()
	id, err := metadata.ParseRequestID(pairs[keyRequestID])
	first, errFirst := strconv.ParseUint(pairs[keyFirstRevision], 10, 64)
	return id, first, errors.Join(err, errFirst) == nil
}
