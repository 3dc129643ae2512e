package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"

	"github.com/chronik-stream/metalog/api/convert"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// ErrUnreachable says that no node answered at the address. A read that failed
// so also matches metadata.ErrUnavailable, a write that was never sent
// sdk.ErrNotAppended.
var ErrUnreachable = errors.New("unreachable")

// rpc is a method of a generated client.
type rpc[Q, P any] = func(context.Context, Q, ...grpc.CallOption) (P, error)

// call makes one attempt. Left tells whether anything of it went out: if not,
// the server can't have seen it.
func call[Q, P any](ctx context.Context, method rpc[Q, P], request Q) (answer P, left bool, err error) {
	var sent atomic.Bool
	answer, err = method(context.WithValue(ctx, sentKey{}, &sent), request)
	return answer, sent.Load(), err
}

type sentKey struct{}

// sentWatcher hears from gRPC that a call's header is about to leave. That
// comes before any byte of the request, so silence is proof.
type sentWatcher struct{}

func (sentWatcher) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }

func (sentWatcher) HandleRPC(ctx context.Context, event stats.RPCStats) {
	if _, ok := event.(*stats.OutHeader); !ok {
		return
	}
	if sent, ok := ctx.Value(sentKey{}).(*atomic.Bool); ok {
		sent.Store(true)
	}
}

func (sentWatcher) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }
func (sentWatcher) HandleConn(context.Context, stats.ConnStats)                       {}

// readOnce makes a call that changes no metadata, once.
func readOnce[Q, P any](ctx context.Context, c *Client, method rpc[Q, P], request Q) (P, error) {
	answer, _, err := call(ctx, method, request)
	if err != nil {
		err = c.readError(ctx, err)
	}
	return answer, err
}

// readError is what a failed read means: the node's own error, or that there
// was no node to ask.
func (c *Client) readError(ctx context.Context, err error) error {
	st := status.Convert(err)
	if own := convert.Error(st); own != nil {
		c.learnFrom(own)
		return own
	}
	switch st.Code() {
	case codes.Unavailable:
		return convert.Matching(c.unreachable(st), metadata.ErrUnavailable, ErrUnreachable)
	case codes.DeadlineExceeded, codes.Canceled:
		return convert.Matching(c.late(st), metadata.ErrUnavailable, causeOf(ctx, st))
	case codes.Unimplemented:
		return convert.Matching(c.foreign(st), metadata.ErrUnsupported)
	default:
		return fmt.Errorf("node at %s: %w", c.address, err)
	}
}

// learnFrom takes the revision out of a refusal, unless it is an old one.
func (c *Client) learnFrom(err error) {
	if refusal, ok := errors.AsType[*metadata.Error](err); ok && refusal.Revision != 0 && !refusal.Deduplicated {
		c.seen.learn(refusal.Revision)
	}
}

// writeError is what a failed attempt to write means: refused, not appended, or
// unknown, and nothing else.
func (c *Client) writeError(ctx context.Context, left bool, err error) error {
	st := status.Convert(err)
	own := convert.Error(st)
	switch {
	case own != nil && isVerdict(own):
		c.learnFrom(own)
		return own
	case own != nil:
		return &sdk.Error{Reason: sdk.ReasonInternal, Message: own.Error()}
	case st.Code() == codes.Unimplemented:
		return notSent(c.foreign(st), metadata.ErrUnsupported)
	case !left && st.Code() == codes.Unavailable:
		return notSent(c.unreachable(st), ErrUnreachable)
	case !left:
		return notSent(c.late(st), causeOf(ctx, st))
	case st.Code() == codes.DeadlineExceeded, st.Code() == codes.Canceled:
		return unknown(c.late(st), sdk.ReasonTimeout, causeOf(ctx, st))
	case st.Code() == codes.Unavailable:
		return unknown(c.unreachable(st), sdk.ReasonClosed, ErrUnreachable)
	}
	return unknown(fmt.Sprintf("node at %s: %v", c.address, err), sdk.ReasonInternal)
}

// isVerdict reports whether err is of a kind that a Store's write may return.
func isVerdict(err error) bool {
	_, refusal := errors.AsType[*metadata.Error](err)
	_, failure := errors.AsType[*sdk.Error](err)
	return refusal || failure
}

func notSent(message string, kinds ...error) error {
	return convert.Matching(message, append(kinds, &sdk.Error{Outcome: sdk.NotAppended, Message: message})...)
}

func unknown(message string, reason sdk.Reason, kinds ...error) error {
	return convert.Matching(message, append(kinds, &sdk.Error{Reason: reason, Message: message})...)
}

// causeOf is why there was no answer: ctx, or somebody closed the client. gRPC
// may notice a deadline a moment before ctx does.
func causeOf(ctx context.Context, st *status.Status) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case st.Code() == codes.DeadlineExceeded:
		return context.DeadlineExceeded
	default:
		return net.ErrClosed
	}
}

// unreachable leaves out what gRPC says of its own layers.
func (c *Client) unreachable(st *status.Status) string {
	why := st.Message()
	if _, dialing, ok := strings.Cut(why, "while dialing: "); ok {
		why = strings.TrimSuffix(dialing, `"`)
	}
	for layer, meaning := range transportWords {
		if strings.Contains(why, layer) {
			why = meaning
		}
	}
	return fmt.Sprintf("no node answers at %s: %s", c.address, why)
}

// transportWords are what gRPC says where it knows less than it seems to, and
// what that means. No text contains two of them.
var transportWords = map[string]string{
	"produced zero addresses":          "the name has no address",
	"use of closed network connection": "connected, but it says nothing",
	"error reading server preface":     "what listens there isn't a node",
	"error reading from server":        "the connection broke",
}

// late says nothing of what gRPC saw, which is only how it was told to stop.
func (c *Client) late(st *status.Status) string {
	if st.Code() == codes.Canceled {
		return fmt.Sprintf("stopped waiting for %s: the call was canceled", c.address)
	}
	return fmt.Sprintf("gave up waiting for %s: no answer in time", c.address)
}

func (c *Client) foreign(st *status.Status) string {
	return fmt.Sprintf("what listens at %s doesn't know this call: another version, or another program: %s", c.address, st.Message())
}
