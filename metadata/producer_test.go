package metadata_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
)

func allocate() *eventpb.Event {
	return metadata.NewAllocateProducerIDs(metadata.ProducerIDsSpec{Broker: metadata.NoBroker})
}

func initialize(txn string) *eventpb.Event {
	return metadata.NewInitProducer(metadata.InitProducerSpec{
		TransactionalID: txn, TimeoutMS: 1, ExpectedProducerID: metadata.NoProducer, ExpectedEpoch: metadata.NoEpoch,
	})
}

// The ids end before they would turn over, for blocks and single ones alike. No
// story lives that long.
func TestProducerIDsEnd(t *testing.T) {
	const last = math.MaxInt64 - metadata.ProducerIDBlock
	l := newLine(metadata.Genesis().WithNextProducerID(last))
	l.must(t, initialize("old"))
	l = newLine(l.state.WithNextProducerID(last))
	require.Equal(t, int64(last), l.must(t, allocate()).Response.ProducerID)

	require.Equal(t, metadata.CodeUnknownServerError, l.do(t, allocate()).Code)
	require.Equal(t, metadata.CodeUnknownServerError, l.do(t, initialize("new")).Code)
	require.Equal(t, int16(1), l.must(t, initialize("old")).Response.ProducerEpoch, "who has an id keeps it")
	require.Equal(t, int64(math.MaxInt64), l.state.NextProducerID())
}
