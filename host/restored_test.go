package host_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host/hosttest"
	"github.com/chronik-stream/metalog/metadata"
)

// A node that begins with another's snapshot has every record, goes on where that
// one is, and gives out no producer id again.
func TestRestoredNodeGoesOn(t *testing.T) {
	nodes := hosttest.Cluster(t, 2)
	filled := hosttest.Fill(t, nodes.Store(0))
	first, err := nodes.Store(0).AllocateProducerIDs(t.Context(), producerIDs(t, nodes.Store(0)))
	require.NoError(t, err)
	before := nodes.Store(0).View()
	require.NoError(t, nodes.Store(1).Close())
	require.NoError(t, nodes.Store(0).Compact(t.Context()))

	s := nodes.Open(1)
	hosttest.RequireFilled(t, before, s.View())
	require.Equal(t, before.Digest(), s.View().Digest())
	require.Equal(t, before.Counts(), s.View().Counts())
	next, err := s.AllocateProducerIDs(t.Context(), producerIDs(t, s))
	require.NoError(t, err)
	require.Equal(t, first.First+int64(first.Count), next.First)
	again, err := s.AllocateProducerIDs(t.Context(), producerIDs(t, s), metadata.WithRequestID(first.RequestID, first.FirstRevision))
	require.NoError(t, err)
	require.True(t, again.Deduplicated)
	require.Equal(t, first.First, again.First)

	filled.Finish(t, s)
	_, err = nodes.Store(0).Topics(t.Context(), metadata.MinRevision(s.View().Revision()))
	require.NoError(t, err)
	require.Equal(t, s.View().Digest(), nodes.Store(0).View().Digest())
}

// producerIDs asks for producer ids as the broker that Fill registers.
func producerIDs(t *testing.T, s metadata.Store) metadata.ProducerIDsSpec {
	t.Helper()
	broker, err := s.Broker(t.Context(), 1)
	require.NoError(t, err)
	return metadata.ProducerIDsSpec{Broker: 1, Epoch: broker.Value.Epoch}
}
