package metadata_test

import (
	"encoding/binary"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
)

const (
	cascadeBrokers = 100
	cascadeTopics  = 400
	cascadePerName = 500 // partitions a topic
)

// crowd is 200,000 partitions of three replicas on 100 unfenced brokers.
func crowd(tb testing.TB) *metadata.State {
	tb.Helper()
	l := newLine(metadata.Genesis())
	for id := range int32(cascadeBrokers) {
		l.must(tb, metadata.NewRegisterBroker(metadata.BrokerSpec{
			ID:          id,
			Incarnation: metadata.Incarnation{1},
			Endpoints:   []metadata.Endpoint{{Name: "P", Host: "h", Port: 9092}},
		}))
		l.must(tb, metadata.NewSetBrokerState(metadata.BrokerStateSpec{
			ID: id, Epoch: int64(l.state.Revision()), State: metadata.BrokerUnfenced,
		}))
	}
	for i := range cascadeTopics {
		var id metadata.TopicID
		binary.BigEndian.PutUint32(id[:], uint32(i+1))
		l.must(tb, metadata.NewCreateTopic(metadata.TopicSpec{
			Name: fmt.Sprintf("topic-%d", i), ID: id, Partitions: cascadePerName, ReplicationFactor: 3,
		}))
	}
	return l.state
}

// What a fence does, one event has done: nobody sees half of it (G9), and what
// it needn't touch it doesn't.
func TestAFenceIsOneChange(t *testing.T) {
	before := crowd(t)
	l := newLine(before)
	l.must(t, metadata.NewSetBrokerState(metadata.BrokerStateSpec{ID: 7, Epoch: 15, State: metadata.BrokerFenced}))
	require.Equal(t, before.Revision()+1, l.state.Revision())

	touched := 0
	for topic := range l.state.AllTopics() {
		was, err := before.Partitions(topic.Name)
		require.NoError(t, err)
		is, err := l.state.Partitions(topic.Name)
		require.NoError(t, err)
		for i, p := range is {
			if p == was[i] {
				require.False(t, slices.Contains(p.ISR, 7), "%s/%d", topic.Name, i)
				continue
			}
			touched++
			require.Contains(t, was[i].ISR, int32(7))
			require.NotContains(t, p.ISR, int32(7))
			require.Contains(t, p.ISR, p.Leader)
			require.Equal(t, was[i].PartitionEpoch+1, p.PartitionEpoch)
			require.Equal(t, was[i].Leader != p.Leader, was[i].LeaderEpoch != p.LeaderEpoch)
		}
	}
	require.Equal(t, cascadeTopics*cascadePerName*3/cascadeBrokers, touched)
}

// BenchmarkFence is the event of a large cluster that changes most: a broker of
// a hundred goes, and 6,000 of 200,000 partitions change.
func BenchmarkFence(b *testing.B) {
	state := crowd(b)
	for range b.N {
		b.StopTimer()
		l := newLine(state)
		ev := l.stamp(metadata.NewSetBrokerState(metadata.BrokerStateSpec{ID: 7, Epoch: 15, State: metadata.BrokerFenced}))
		b.StartTimer()
		d := l.state.Draft()
		res, err := d.Apply(ev)
		d.State()
		require.NoError(b, err)
		require.Equal(b, metadata.CodeNone, res.Code, res.Message)
	}
}
