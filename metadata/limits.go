package metadata

import (
	"google.golang.org/protobuf/proto"

	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// The limits of G10 are part of the protocol: all nodes must have the same.
const (
	// MaxEventSize is how many bytes an event may take when encoded.
	MaxEventSize = 1 << 20
	// MaxItems is how long a list in an event may be.
	MaxItems = 10_000
	// MaxString is how many bytes a text in an event may have.
	MaxString = 32_767
)

// requestLimits bounds the answers that are kept (G7).
type requestLimits struct {
	entries int
	bytes   int // encoded
}

func protocolLimits() requestLimits {
	return requestLimits{entries: 65_536, bytes: 64 << 20}
}

// checkSize refuses an event that takes too much room in the log. canonical is
// how long its canonical encoding is: the log's is never sixteen times as long,
// which spares most events the measuring.
func checkSize(ev *eventpb.Event, canonical int) *refusal {
	if canonical < MaxEventSize/16-1024 {
		return nil
	}
	if size := proto.Size(ev); size > MaxEventSize {
		return tooLarge(size)
	}
	return nil
}

func tooLarge(size int) *refusal {
	return refuse(CodeMessageTooLarge, "the event takes %d bytes, and at most %d are allowed: split the request", size, MaxEventSize)
}

// checkLimits holds the encoder's tallies of a command against the limits that
// have no code of their own.
func checkLimits(e *encoder) *refusal {
	if e.longest > MaxString {
		return refuse(CodeInvalidRequest, "a text has %d bytes, and at most %d are allowed", e.longest, MaxString)
	}
	if e.mostItems > MaxItems {
		return refuse(CodeInvalidRequest, "a list has %d items, and at most %d are allowed: split the request", e.mostItems, MaxItems)
	}
	return nil
}
