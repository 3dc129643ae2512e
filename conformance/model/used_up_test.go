package model_test

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/conformance/model"
	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/metadata"
)

// lastEpoch is the one after which a producer gets another id.
const lastEpoch = math.MaxInt16 - 1

// A producer whose epochs are used up, and requests of which the oldest are being
// forgotten, are beyond what sequences come to by themselves: this one begins
// there.
func TestUsedUp(t *testing.T) {
	if testing.Short() {
		t.Skip("not shown: what happens once answers and epochs are used up (over 65,536 requests)")
	}
	before := usedUp()
	require.Greater(t, len(before), model.MaxAnswers)
	sequence := model.SequencesAfter(before, 300).Example(2)
	clock := &model.Clock{}
	store := host.NewBare(host.WithClock(clock.Now))
	err := model.Run(t.Context(), append(before, sequence...), clock, bare{store})
	require.NoErrorf(t, err, "after %d requests:\n%s", len(before), sequence)
	require.NotZero(t, store.View().DedupFloor())
}

// usedUp lets a producer use up its epochs twice: once in a transaction, which is
// aborted under the very last epoch, so that it begins anew; and once as one that
// goes on, and repeats itself.
func usedUp() model.Sequence {
	b := &builder{}
	b.init(lastEpoch+1, metadata.NoProducer, metadata.NoEpoch)
	open := metadata.ProducerRef{TransactionalID: "x", Epoch: lastEpoch}
	b.add(metadata.BatchOperation{AddTransactionOffsets: &metadata.TransactionGroupSpec{ProducerRef: open, Group: "g"}})
	b.init(1, metadata.NoProducer, metadata.NoEpoch)
	open.Epoch++
	b.add(metadata.BatchOperation{CompleteTransaction: &open})
	b.init(1, metadata.NoProducer, metadata.NoEpoch)
	b.init(1, 0, lastEpoch) // it had both, and they are neither its present nor its last
	b.init(lastEpoch, metadata.NoProducer, metadata.NoEpoch)
	b.init(2, 1, lastEpoch)
	b.init(1, 1, lastEpoch-1)
	return b.sequence
}

type builder struct{ sequence model.Sequence }

// init asks for a producer so many times.
func (b *builder) init(times int, producer int64, epoch int16) {
	for range times {
		b.add(metadata.BatchOperation{InitProducer: &metadata.InitProducerSpec{
			TransactionalID: "x", TimeoutMS: 1, ExpectedProducerID: producer, ExpectedEpoch: epoch,
		}})
	}
}

// add makes a request of its own of op.
func (b *builder) add(op metadata.BatchOperation) {
	s := model.Step{FirstRevision: uint64(len(b.sequence)), AtMS: 1_000_000, Operation: op}
	s.ID[0] = 1
	binary.BigEndian.PutUint64(s.ID[8:], s.FirstRevision)
	b.sequence = append(b.sequence, s)
}
