package faults_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/nodes"
)

// A follower that is 100,000 entries behind is given a snapshot, while writes go on.
// It takes minutes: `make faults` has it.
func TestFarBehind(t *testing.T) {
	if !*all {
		t.Skip("left out: make faults plays it, or -faults.all")
	}
	const entries, writers = 100_000, 64
	k := startNodes(t, nil)
	leader := k.leader()
	slow, other := k.others(leader)[0], k.others(leader)[1]
	ask := k.client(leader, 0)
	before, err := ask.Status(k.soon())
	require.NoError(t, err)
	require.NoError(t, slow.Kill(nodes.Both))

	stop := make(chan struct{})
	stalls := make([]time.Duration, writers)
	var load sync.WaitGroup
	for i := range writers {
		c := k.client([]*nodes.Node{leader, other}[i%2], patience)
		load.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				begin := time.Now()
				_, err := create(t.Context(), fmt.Sprintf("topic-%d-%d", i, n), c)
				if err != nil {
					t.Error(err)
					return
				}
				stalls[i] = max(stalls[i], time.Since(begin))
			}
		})
	}
	begin := time.Now()
	require.Eventually(t, func() bool {
		s, err := ask.Status(k.soon())
		return err == nil && s.GetAppliedIndex() >= before.GetAppliedIndex()+entries
	}, 20*time.Minute, time.Second)
	t.Logf("%d entries took %v", entries, time.Since(begin).Round(time.Second))
	begin = time.Now()
	require.NoError(t, slow.Start())
	require.NoError(t, slow.WaitReady(k.soon()))
	t.Logf("caught up, under load, in %v", time.Since(begin).Round(time.Millisecond))
	close(stop)
	load.Wait()
	k.same()
	var longest time.Duration
	for _, s := range stalls {
		longest = max(longest, s)
	}
	t.Logf("the longest write took %v", longest.Round(time.Millisecond))
	s, err := k.client(slow, 0).Status(k.soon())
	require.NoError(t, err)
	require.NotEmpty(t, s.GetDetails()["snapshot_index"])
}
