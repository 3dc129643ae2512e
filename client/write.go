package client

import (
	"context"
	"fmt"

	"github.com/oklog/ulid/v2"
	"google.golang.org/protobuf/proto"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// UnknownOutcome is a write that may have taken effect, or may yet. It matches
// sdk.ErrOutcomeUnknown. To learn more, repeat the same write with
// metadata.WithRequestID(RequestID, FirstRevision).
type UnknownOutcome struct { //nolint:errname // named for what it says, which isn't that something failed
	RequestID     metadata.RequestID
	FirstRevision uint64
	Err           error // of the attempt that left it open
}

func (u *UnknownOutcome) Error() string {
	return fmt.Sprintf("%v; it isn't known whether the write took effect: repeat it with request id %s and first revision %d",
		u.Err, u.RequestID, u.FirstRevision)
}

func (u *UnknownOutcome) Unwrap() error { return u.Err }

// newRequestID makes ids that sort by time, for whoever reads the log.
func newRequestID() metadata.RequestID { return metadata.RequestID(ulid.Make()) }

// written is the answer to any write.
type written interface{ GetWritten() *metalogv1.Written }

// write makes a write until its outcome is known, or until time is up.
func write[Q proto.Message, P written, R any](
	ctx context.Context, c *Client, opts []metadata.WriteOption,
	method rpc[Q, P], request func(metadata.WriteOptions) Q, answer func(P) (R, error),
) (R, error) {
	var none R
	o := metadata.NewWriteOptions(opts)
	if o.ValidateOnly {
		return validate(ctx, c, method, request(o), answer)
	}
	a := newAttempts(c, o)
	if err := a.prepare(ctx); err != nil {
		return none, err
	}
	for {
		q := request(a.options)
		if err := sendable(q); err != nil {
			return none, err
		}
		p, err := attempt(ctx, a, method, q)
		if err == nil {
			if !p.GetWritten().GetDeduplicated() {
				c.seen.learn(p.GetWritten().GetRevision())
			}
			return readAnswer(a, p, answer)
		}
		if again, err := a.after(ctx, err); !again {
			return none, err
		}
	}
}

// attempt sends the write once.
func attempt[Q, P any](ctx context.Context, a *attempts, method rpc[Q, P], request Q) (P, error) {
	ctx, cancel := a.next(ctx)
	defer cancel()
	p, left, err := call(ctx, method, request)
	if err != nil {
		err = a.client.writeError(ctx, left, err)
	}
	return p, err
}

// readAnswer takes an answer that can't be read for none: repeating the write
// gives it again.
func readAnswer[P, R any](a *attempts, p P, answer func(P) (R, error)) (R, error) {
	r, err := answer(p)
	if err != nil {
		var none R
		return none, a.unknown(&sdk.Error{Reason: sdk.ReasonInternal, Message: "the answer can't be read", Err: err})
	}
	return r, nil
}

// validate asks once: nothing can be left open.
func validate[Q proto.Message, P, R any](ctx context.Context, c *Client, method rpc[Q, P], request Q, answer func(P) (R, error)) (R, error) {
	var none R
	if err := sendable(request); err != nil {
		return none, err
	}
	p, err := readOnce(ctx, c, method, request)
	if err != nil {
		return none, err
	}
	return answer(p)
}

// sendable refuses here what could only fail on its way.
func sendable(request proto.Message) error {
	data, err := proto.Marshal(request)
	switch {
	case err != nil:
		return convert.Invalid("the request can't be encoded: %v", err)
	case len(data) > convert.MaxRequest:
		return &metadata.Error{
			Code:    metadata.CodeMessageTooLarge,
			Message: fmt.Sprintf("the request has %d bytes: at most %d are allowed", len(data), convert.MaxRequest),
		}
	}
	return nil
}

// justWritten is the answer to a write that has nothing else to say.
func justWritten[P written](p P) (metadata.Written, error) { return convert.Written(p.GetWritten()) }
