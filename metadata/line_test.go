package metadata_test

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// line is a state and the next ones, with events stamped as a host would.
type line struct {
	state *metadata.State
	next  uint64 // revision the next stamped event is expected to have
}

func newLine(s *metadata.State) *line { return &line{state: s, next: s.Revision() + 1} }

// stamp gives ev an id, a first revision and a time of its own.
func (l *line) stamp(ev *eventpb.Event) *eventpb.Event {
	id := requestID(l.next)
	ev.RequestId = id[:]
	ev.FirstRevision = l.next - 1
	ev.TimestampMs = 1_700_000_000_000 + int64(l.next)
	l.next++
	return ev
}

// apply applies ev as it is, in a batch of its own.
func (l *line) apply(tb testing.TB, ev *eventpb.Event) metadata.Result {
	tb.Helper()
	d := l.state.Draft()
	res, err := d.Apply(ev)
	require.NoError(tb, err)
	l.state = d.State()
	return res
}

// do stamps and applies ev.
func (l *line) do(tb testing.TB, ev *eventpb.Event) metadata.Result {
	tb.Helper()
	l.next = l.state.Revision() + 1
	return l.apply(tb, l.stamp(ev))
}

// must is do of what has to be accepted.
func (l *line) must(tb testing.TB, ev *eventpb.Event) metadata.Result {
	tb.Helper()
	res := l.do(tb, ev)
	require.NoError(tb, res.Err())
	return res
}

func requestID(n uint64) (id metadata.RequestID) {
	binary.BigEndian.PutUint64(id[8:], n)
	id[0] = 0xaa
	return id
}

func topicID(i int) (id metadata.TopicID) {
	binary.BigEndian.PutUint64(id[8:], uint64(i)*0x9e3779b97f4a7c15)
	id[0] = 1
	return id
}

func brokerSpec(id int32) metadata.BrokerSpec {
	return metadata.BrokerSpec{
		ID:          id,
		Incarnation: metadata.Incarnation{15: byte(id)},
		Endpoints:   []metadata.Endpoint{{Name: "PLAINTEXT", Host: "broker", Port: 9092, SecurityProtocol: "PLAINTEXT"}},
		Rack:        "a",
	}
}
