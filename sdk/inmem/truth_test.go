package inmem_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

// What any node had been handed before a read barrier began, its node has been
// handed when it returns nil (R15), whatever happens meanwhile; and nothing
// refused is ever delivered, nor anything acknowledged lost (R8).
func TestBarriersAndAcknowledgementsHoldUnderFaults(t *testing.T) {
	const writers, each = 3, 150
	v := newVoters(t)
	nodes := []string{"n1", "n2", "n3"}
	done := make(chan struct{})
	var disturber, work sync.WaitGroup
	disturber.Go(func() { v.disturb(t.Context(), rand.New(rand.NewPCG(1, 2)), done) })
	var mu sync.Mutex
	acknowledged := map[bool][]string{}
	for _, node := range nodes {
		for w := range writers {
			work.Go(func() {
				for n := range each {
					data := fmt.Sprint(node, "-", w, "-", n)
					err := v.backends[node].Propose(t.Context(), []byte(data))
					mu.Lock()
					acknowledged[err == nil] = append(acknowledged[err == nil], data)
					mu.Unlock()
					v.truthful(t, node)
				}
			})
		}
	}
	work.Wait()
	close(done)
	disturber.Wait()
	v.Heal()

	require.NotEmpty(t, acknowledged[true])
	require.NotEmpty(t, acknowledged[false])
	for _, node := range nodes {
		v.truthful(t, node)
		require.ElementsMatch(t, acknowledged[true], v.machines[node].data)
		require.Equal(t, v.machines["n1"].data, v.machines[node].data)
	}
}

// truthful holds a read barrier of node against R15.
func (v *voters) truthful(t *testing.T, node string) {
	t.Helper()
	before := v.furthest()
	if err := v.barrier(t.Context(), node); err != nil {
		t.Errorf("read barrier of %s: %v", node, err)
	}
	if got := v.machines[node].has(); got < before {
		t.Errorf("%s has got %d, some node had %d before", node, got, before)
	}
}

// disturb cuts, heals, transfers and compacts, as r says, until done.
func (v *voters) disturb(ctx context.Context, r *rand.Rand, done <-chan struct{}) {
	for {
		pair := r.Perm(3)[:2]
		a, b := fmt.Sprint("n", pair[0]+1), fmt.Sprint("n", pair[1]+1)
		switch r.IntN(4) {
		case 0:
			v.Partition([]string{a, b})
		case 1:
			v.Heal()
		case 2:
			_ = v.backends[a].(sdk.Transferer).TransferLeadership(ctx, b)
		case 3:
			_ = v.backends[a].(sdk.Compacter).Compact(ctx)
		}
		select {
		case <-done:
			return
		default:
		}
	}
}

func (v *voters) furthest() uint64 {
	var most uint64
	for _, m := range v.machines {
		most = max(most, m.has())
	}
	return most
}

func (m *machine) has() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.applied
}
