package host_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host/hosttest"
	"github.com/chronik-stream/metalog/metadata"
)

// Chronik's first defect: both of two racing creators were told "created".
func TestOfTwoCreatorsOneIsToldThatItExists(t *testing.T) {
	const topics, nodesOf = 300, 3
	nodes := hosttest.Cluster(t, nodesOf)
	for i := range topics {
		var created, existed atomic.Int32
		var wg sync.WaitGroup
		for n := range nodesOf {
			wg.Go(func() {
				_, err := nodes.Store(n).CreateTopic(t.Context(), topic(fmt.Sprintf("t%d", i)))
				switch {
				case err == nil:
					created.Add(1)
				case errors.Is(err, metadata.ErrAlreadyExists):
					existed.Add(1)
				default:
					assert.NoError(t, err)
				}
			})
		}
		wg.Wait()
		require.EqualValues(t, 1, created.Load())
		require.EqualValues(t, nodesOf-1, existed.Load())
	}
	const revision = topics * nodesOf // each attempt is an event
	for n := range nodesOf {
		_, err := nodes.Store(n).Topics(t.Context(), metadata.MinRevision(revision))
		require.NoError(t, err)
		require.EqualValues(t, revision, nodes.Store(n).View().Revision())
		require.Equal(t, nodes.Store(0).View().Digest(), nodes.Store(n).View().Digest())
	}
}
