package metadata

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func brokersIn(states map[int32]BrokerState) (brokers []*Broker) {
	for id, state := range states {
		brokers = append(brokers, &Broker{ID: id, State: state})
	}
	return brokers
}

func TestStripingStartsAtTheHashOfTheTopicID(t *testing.T) {
	// FNV-1a-64 of sixteen zeros, by the algorithm's definition.
	hash := uint64(14695981039346656037)
	for range 16 {
		hash *= 1099511628211 // a byte of zero
	}
	s := newStripes(TopicID{}, brokersIn(map[int32]BrokerState{1: BrokerUnfenced, 2: BrokerUnfenced, 3: BrokerUnfenced}))
	require.Equal(t, hash, s.start)

	u := []int32{1, 2, 3}
	for i := range int32(5) {
		at := hash%3 + uint64(i)
		require.Equal(t, []int32{u[at%3], u[(at+1)%3], u[(at+2)%3]}, s.replicas(i, 3))
	}
}

func TestStripingUsesFencedBrokersLast(t *testing.T) {
	s := stripes{unfenced: []int32{4, 7}, fenced: []int32{1, 2, 9}, start: 5}
	for _, test := range []struct {
		partition, rf int32
		want          []int32
	}{
		{0, 1, []int32{7}},
		{0, 2, []int32{7, 4}},
		{1, 2, []int32{4, 7}},
		{0, 3, []int32{7, 4, 2}}, // fenced: (5+0+2) mod 3 = 1
		{0, 5, []int32{7, 4, 2, 9, 1}},
		{1, 5, []int32{4, 7, 9, 1, 2}},
		{2, 3, []int32{7, 4, 1}},
	} {
		require.Equal(t, test.want, s.replicas(test.partition, test.rf), "partition %d, rf %d", test.partition, test.rf)
	}
}

func TestStripingCountsPastTheEndOfItsNumbers(t *testing.T) {
	s := stripes{unfenced: []int32{0, 1, 2}, start: 1<<64 - 1} // which 3 divides
	require.Equal(t, []int32{0, 1, 2}, s.replicas(0, 3))
	require.Equal(t, []int32{1, 2, 0}, s.replicas(1, 3))
}

func TestControlledShutdownIsFencedToStriping(t *testing.T) {
	s := newStripes(TopicID{1}, brokersIn(map[int32]BrokerState{
		9: BrokerUnfenced, 3: BrokerFenced, 5: BrokerControlledShutdown, 2: BrokerUnfenced,
	}))
	require.Equal(t, []int32{2, 9}, s.unfenced)
	require.Equal(t, []int32{3, 5}, s.fenced)
}

// Whatever the brokers: replicas are different, the unfenced come first, and
// leaders are spread as evenly as can be.
func TestStripingSpreads(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		unfenced := rapid.IntRange(1, 9).Draw(t, "unfenced")
		fenced := rapid.IntRange(0, 9).Draw(t, "fenced")
		states := make(map[int32]BrokerState)
		for id := range unfenced + fenced {
			states[int32(id*7%101)] = BrokerUnfenced
			if id >= unfenced {
				states[int32(id*7%101)] = BrokerFenced
			}
		}
		id := TopicID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
		s := newStripes(id, brokersIn(states))
		rf := rapid.IntRange(1, unfenced+fenced).Draw(t, "rf")
		leads := make(map[int32]int)
		for i := range 3 * unfenced {
			replicas := s.replicas(int32(i), int32(rf))
			require.Len(t, replicas, rf)
			leads[replicas[0]]++
			for j, id := range replicas {
				require.NotContains(t, replicas[:j], id)
				require.Equal(t, j < unfenced, states[id] == BrokerUnfenced)
			}
		}
		for _, n := range leads {
			require.Equal(t, 3, n)
		}
		require.True(t, slices.IsSorted(s.unfenced) && slices.IsSorted(s.fenced))
	})
}
