package metadata

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// In-sync sets stand in replica order so far, so that no story can tell by which
// of the two a leader is chosen.
func TestTheNextLeaderIsTheFirstReplica(t *testing.T) {
	d := Genesis().Draft()
	for id, state := range map[int32]BrokerState{1: BrokerFenced, 2: BrokerUnfenced, 3: BrokerUnfenced, 4: BrokerUnfenced} {
		d.setBroker(&Broker{ID: id, State: state})
	}
	s := d.State()
	for _, test := range []struct {
		replicas, isr []int32
		want          int32
	}{
		{[]int32{2, 3}, []int32{3, 2}, 2},
		{[]int32{4, 3, 2}, []int32{2, 3}, 3},
		{[]int32{1, 2, 3}, []int32{3, 2, 1}, 2},
		{[]int32{9, 1, 2}, []int32{9, 1}, NoLeader},
		{[]int32{2, 3}, nil, NoLeader},
	} {
		require.Equal(t, test.want, s.elect(&Partition{Replicas: test.replicas, ISR: test.isr}), "replicas %v, in sync %v", test.replicas, test.isr)
	}
}
