package metadata

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// Encode is ev as it stands in the log. What Decode or Apply would halt at is
// refused here, before it is proposed: an event without a known command or
// without ids of 16 bytes, a text that isn't UTF-8. So is what is too large
// (G10). The error is an *Error. Any goroutine may call it.
func Encode(ev *eventpb.Event) ([]byte, error) {
	size := proto.Size(ev)
	if size > MaxEventSize {
		r := tooLarge(size)
		return nil, &Error{Code: r.code, Message: r.message}
	}
	b, err := proto.MarshalOptions{UseCachedSize: true}.MarshalAppend(make([]byte, 0, size), ev)
	if err == nil {
		err = eventShape.check(b)
	}
	if err == nil {
		err = complete(ev)
	}
	if err != nil {
		return nil, &Error{Code: CodeInvalidRequest, Message: cantEncode(err)}
	}
	return b, nil
}

func cantEncode(err error) string { return "the event can't be encoded: " + err.Error() }

// Decode reads an event that was committed. Whatever this build doesn't know
// entirely is an error that matches ErrHalt (G8). b isn't kept. Any goroutine
// may call it.
func Decode(b []byte) (*eventpb.Event, error) {
	ev := new(eventpb.Event)
	err := eventShape.check(b)
	if err == nil {
		err = proto.Unmarshal(b, ev)
	}
	if err == nil {
		err = complete(ev)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: a committed event can't be decoded: %w", ErrHalt, err)
	}
	return ev, nil
}

var (
	errNoCommand = errors.New("it holds no command that this build knows; upgrade the node")
	errRequestID = errors.New("its request id doesn't have 16 bytes")
	errOperation = errors.New("an operation of a batch has a request id or a time of its own")
)

// complete checks what every event must have.
func complete(ev *eventpb.Event) error {
	if err := completeCommand(ev); err != nil {
		return err
	}
	if len(ev.GetRequestId()) != len(RequestID{}) {
		return errRequestID
	}
	return nil
}

// completeCommand goes into batches, whose operations have a command and
// nothing else.
func completeCommand(ev *eventpb.Event) error {
	c, _ := commandOf(ev)
	if c == nil {
		return errNoCommand
	}
	if err := halts(c); err != nil {
		return err
	}
	for _, op := range ev.GetBatch().GetOperations() {
		if len(op.GetRequestId()) > 0 || op.GetFirstRevision() != 0 || op.GetTimestampMs() != 0 {
			return errOperation
		}
		if err := completeCommand(op); err != nil {
			return err
		}
	}
	return nil
}
