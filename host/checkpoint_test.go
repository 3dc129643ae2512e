package host_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/host/hosttest"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

const interval = 5 * time.Second

// pass lets intervals go by, and everything that they bring.
func pass(n int) {
	time.Sleep(time.Duration(n) * interval)
	synctest.Wait()
}

func mark(t *testing.T, s metadata.Store, topic metadata.TopicID, partition int32, offset int64) {
	t.Helper()
	require.NoError(t, s.SetHighWatermark(t.Context(), metadata.Watermark{Topic: topic, Partition: partition, HighWatermark: offset}))
}

// requireCheckpointed says what the state itself has, whatever a node remembers.
func requireCheckpointed(t *testing.T, s *host.Store, topic metadata.TopicID, partition int32, want int64) {
	t.Helper()
	p, err := s.View().PartitionByID(topic, partition)
	require.NoError(t, err)
	require.Equal(t, want, p.HighWatermark)
}

// What is set in an interval is one event for all partitions with the latest of
// each, and an interval without anything new has none.
func TestCheckpointsAreOneEventAnInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, s, id := marked(t, host.WithCheckpoints(interval))
		for round := range int64(3) {
			for step := range int64(4) {
				mark(t, s, id, 0, 10*round+step)
				mark(t, s, id, 1, 10*round+step+1)
			}
			pass(1)
			require.EqualValues(t, 2+round, s.View().Revision())
			requireCheckpointed(t, s, id, 0, 10*round+3)
			requireCheckpointed(t, s, id, 1, 10*round+4)
		}
		mark(t, s, id, 0, 23)
		mark(t, s, id, 1, 7)
		pass(100)
		require.EqualValues(t, 4, s.View().Revision(), "nothing is new")
	})
}

// An event holds no more than the protocol allows (G10).
func TestCheckpointsOfManyAreSeveralEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, s, few := marked(t, host.WithCheckpoints(interval))
		many, err := s.CreateTopic(t.Context(), metadata.TopicSpec{Name: "many", Partitions: metadata.MaxItems, ReplicationFactor: 1})
		require.NoError(t, err)
		mark(t, s, few, 0, 1)
		for p := range int32(metadata.MaxItems) {
			mark(t, s, many.ID, p, 1<<60)
		}
		pass(1)
		require.EqualValues(t, 2+2, s.View().Revision())
		requireCheckpointed(t, s, few, 0, 1)
		for p := range int32(metadata.MaxItems) {
			requireCheckpointed(t, s, many.ID, p, 1<<60)
		}
	})
}

// What wasn't checkpointed, or maybe wasn't, is again, once.
func TestCheckpointThatFailedIsMadeAgain(t *testing.T) {
	for name, failed := range map[string]error{
		"surely not appended": &sdk.Error{Reason: sdk.ReasonNoQuorum, Outcome: sdk.NotAppended},
		"unknown":             &sdk.Error{Reason: sdk.ReasonTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				nodes, s, id := marked(t, host.WithCheckpoints(interval))
				mark(t, s, id, 0, 5)
				nodes.Log.FailPropose(hosttest.Name(0), failed, false)
				pass(1)
				requireCheckpointed(t, s, id, 0, 0)
				mark(t, s, id, 1, 6)
				pass(4) // one that may still come is waited for
				requireCheckpointed(t, s, id, 0, 5)
				requireCheckpointed(t, s, id, 1, 6)
				revision := s.View().Revision()
				require.LessOrEqual(t, revision, uint64(3))
				pass(10)
				require.Equal(t, revision, s.View().Revision())
			})
		})
	}
}

// Marks are the node's, not the session's: what was set before a crash of the
// backend, or while there is none, is checkpointed by the next one.
func TestCheckpointsGoOnAfterACrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nodes, s, id := marked(t, host.WithCheckpoints(interval))
		mark(t, s, id, 0, 5)
		nodes.Log.End(hosttest.Name(0), errKilled)
		synctest.Wait()
		require.False(t, s.Status().Ready)
		mark(t, s, id, 1, 6)
		pass(3)
		require.EqualValues(t, 2, s.View().Revision())
		requireCheckpointed(t, s, id, 0, 5)
		requireCheckpointed(t, s, id, 1, 6)
	})
}

// A mark of a leader epoch that the state hasn't come to can't be checkpointed
// yet. It is kept until it can.
func TestCheckpointWaitsForTheLeaderEpoch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, s, id := marked(t, host.WithCheckpoints(interval))
		require.NoError(t, s.SetHighWatermark(t.Context(), metadata.Watermark{Topic: id, LeaderEpoch: 1, HighWatermark: 5}))
		pass(3)
		require.EqualValues(t, 1, s.View().Revision(), "it would be refused")
		_, err := s.AssignPartition(t.Context(), metadata.AssignmentSpec{Topic: "orders", Replicas: []int32{1}, Leader: 1})
		require.NoError(t, err)
		pass(1)
		requireCheckpointed(t, s, id, 0, 5)
		require.EqualValues(t, 3, s.View().Revision())
	})
}

// Without checkpoints nothing is proposed, and what is gone is forgotten all the
// same.
func TestCheckpointsCanBeOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, s, id := marked(t, host.WithCheckpoints(0))
		mark(t, s, id, 0, 5)
		mark(t, s, id, 1, 6)
		pass(1000)
		require.EqualValues(t, 1, s.View().Revision())
		require.Equal(t, 2, s.Marks())
		_, err := s.DeleteTopic(t.Context(), metadata.TopicRef{Name: "orders"})
		require.NoError(t, err)
		pass(2)
		require.Zero(t, s.Marks())
		require.EqualValues(t, 2, s.View().Revision())
	})
}
