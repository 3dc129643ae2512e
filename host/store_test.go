package host_test

import (
	"errors"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host/hosttest"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

func topic(name string) metadata.TopicSpec {
	return metadata.TopicSpec{Name: name, Partitions: 1, ReplicationFactor: 1}
}

func TestWriteIsReadAtOnceWhereItWasMade(t *testing.T) {
	c := hosttest.Cluster(t, 2)
	created, err := c.Store(0).CreateTopic(t.Context(), topic("orders"))
	require.NoError(t, err)
	require.EqualValues(t, 1, created.Revision)
	require.False(t, created.RequestID.IsZero())

	got, err := c.Store(0).Topic(t.Context(), "orders")
	require.NoError(t, err)
	require.Equal(t, created.ID, got.Value.ID)
	require.False(t, got.Stale)
	require.Equal(t, c.Clock.Now().UnixMilli(), got.Value.CreatedMS)

	there, err := c.Store(1).Topic(t.Context(), "orders", metadata.Linearizable())
	require.NoError(t, err)
	require.Equal(t, got.Value, there.Value)
	require.Equal(t, c.Store(0).Status().Digest, c.Store(1).Status().Digest)
}

// Per-node counters once gave 247 wrong answers here.
func TestRacingCreationsOfOneName(t *testing.T) {
	const attempts = 1000 // on each of two hosts
	c := hosttest.Cluster(t, 2)
	var created, exists atomic.Int64
	var wg sync.WaitGroup
	for i := range 2 * attempts {
		wg.Go(func() {
			_, err := c.Store(i%2).CreateTopic(t.Context(), topic("orders"))
			switch {
			case err == nil:
				created.Add(1)
			case errors.Is(err, metadata.ErrAlreadyExists):
				exists.Add(1)
			default:
				t.Errorf("attempt %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, created.Load())
	require.EqualValues(t, 2*attempts-1, exists.Load())
}

func TestRepeatedRequestGetsTheFirstAnswer(t *testing.T) {
	c := hosttest.Cluster(t, 2)
	id := metadata.RequestID{1}
	first, err := c.Store(0).CreateTopic(t.Context(), topic("orders"), metadata.WithRequestID(id, 0))
	require.NoError(t, err)
	require.Equal(t, id, first.RequestID)

	again, err := c.Store(1).CreateTopic(t.Context(), topic("orders"), metadata.WithRequestID(id, 0))
	require.NoError(t, err)
	require.True(t, again.Deduplicated)
	require.Equal(t, first.ID, again.ID)
	require.Equal(t, first.Revision, again.Revision)

	_, err = c.Store(1).CreateTopic(t.Context(), topic("payments"), metadata.WithRequestID(id, 0))
	var refused *metadata.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, metadata.CodeInvalidRequest, refused.Code)
}

func TestAttemptsOfOneRequestAtOnceAreAllAnswered(t *testing.T) {
	c := hosttest.Cluster(t, 2)
	for round := range 50 {
		id := metadata.RequestID{1, byte(round)}
		seen := c.Store(0).Status().Revision
		revisions := make([]uint64, 8)
		var firsts atomic.Int64
		var wg sync.WaitGroup
		for i := range revisions {
			wg.Go(func() {
				w, err := c.Store(i%2).CreateTopic(t.Context(), topic("t"+strconv.Itoa(round)), metadata.WithRequestID(id, seen))
				if err != nil {
					t.Errorf("attempt %d: %v", i, err)
				}
				revisions[i] = w.Revision
				if !w.Deduplicated {
					firsts.Add(1)
				}
			})
		}
		wg.Wait()
		for _, r := range revisions {
			require.Equal(t, revisions[0], r)
		}
		require.LessOrEqual(t, firsts.Load(), int64(1), "at most one attempt did it; the rest repeat it")
	}
}

func TestValidateOnlyProposesNothing(t *testing.T) {
	c := hosttest.Cluster(t, 1)
	s := c.Store(0)
	_, err := s.CreateTopic(t.Context(), topic("orders"), metadata.ValidateOnly())
	require.NoError(t, err)
	_, err = s.CreateTopic(t.Context(), topic(".."), metadata.ValidateOnly())
	require.ErrorIs(t, err, metadata.ErrInvalid)
	require.Zero(t, s.Status().Revision)
	_, err = s.Topic(t.Context(), "orders")
	require.ErrorIs(t, err, metadata.ErrNotFound)
}

func TestEveryNounGoesThrough(t *testing.T) {
	s := hosttest.Cluster(t, 1).Store(0)
	ctx := t.Context()
	reg, err := s.RegisterBroker(ctx, metadata.BrokerSpec{
		ID: 1, Incarnation: metadata.Incarnation{1},
		Endpoints: []metadata.Endpoint{{Name: "PLAIN", Host: "h", Port: 9092, SecurityProtocol: "PLAINTEXT"}},
	})
	require.NoError(t, err)
	require.NotZero(t, reg.Epoch)
	_, err = s.SetBrokerState(ctx, metadata.BrokerStateSpec{ID: 1, Epoch: reg.Epoch, State: metadata.BrokerUnfenced})
	require.NoError(t, err)
	_, err = s.CreateTopic(ctx, metadata.TopicSpec{Name: "orders", Partitions: 2, ReplicationFactor: 1})
	require.NoError(t, err)
	_, err = s.CreatePartitions(ctx, metadata.PartitionsSpec{Topic: "orders", Total: 3})
	require.NoError(t, err)
	_, err = s.AssignPartition(ctx, metadata.AssignmentSpec{Topic: "orders", Partition: 2, Replicas: []int32{1}, Leader: 1})
	require.NoError(t, err)
	value := "1000"
	_, err = s.AlterConfigs(ctx, metadata.ConfigSpec{
		Resource: metadata.Resource{Type: metadata.ResourceTopic, Name: "orders"},
		Ops:      []metadata.ConfigOp{{Kind: metadata.ConfigSet, Key: "retention.ms", Value: &value}},
	})
	require.NoError(t, err)

	topics, err := s.Topics(ctx)
	require.NoError(t, err)
	require.Len(t, topics.Value, 1)
	parts, err := s.Partitions(ctx, "orders")
	require.NoError(t, err)
	require.Len(t, parts.Value, 3)
	one, err := s.Partition(ctx, "orders", 1)
	require.NoError(t, err)
	require.Equal(t, parts.Value[1], one.Value)
	leader, err := s.Leader(ctx, "orders", 2)
	require.NoError(t, err)
	require.EqualValues(t, 1, leader.Value)
	replicas, err := s.Replicas(ctx, "orders", 2)
	require.NoError(t, err)
	require.Equal(t, []int32{1}, replicas.Value)
	configs, err := s.Configs(ctx, metadata.Resource{Type: metadata.ResourceTopic, Name: "orders"})
	require.NoError(t, err)
	require.Equal(t, metadata.Configs{{Key: "retention.ms", Value: "1000"}}, configs.Value)
	byID, err := s.TopicByID(ctx, topics.Value[0].ID)
	require.NoError(t, err)
	require.Equal(t, topics.Value[0], byID.Value)
	broker, err := s.Broker(ctx, 1)
	require.NoError(t, err)
	require.Equal(t, metadata.BrokerUnfenced, broker.Value.State)

	_, err = s.DeleteTopic(ctx, metadata.TopicRef{Name: "orders"})
	require.NoError(t, err)
	_, err = s.UnregisterBroker(ctx, metadata.UnregisterSpec{ID: 1})
	require.NoError(t, err)
	brokers, err := s.Brokers(ctx)
	require.NoError(t, err)
	require.Empty(t, brokers.Value)
	require.EqualValues(t, 8, brokers.Revision)
}

func TestNodesAnnounceThemselves(t *testing.T) {
	c := hosttest.Cluster(t, 2)
	require.Eventually(t, func() bool { return len(c.Store(0).Status().Nodes) == 2 }, waitFor, tick)
	nodes := c.Store(0).Status().Nodes
	require.Equal(t, "n2", nodes[1].NodeID)
	require.Equal(t, "test", nodes[1].Version)
	require.EqualValues(t, 1, nodes[1].FeatureMax)
	require.Zero(t, c.Store(0).Status().Revision)
}

func TestConfigIsChecked(t *testing.T) {
	for name, cfg := range map[string]hostConfig{
		"no backend": {NodeID: "n1"},
		"no node id": {Backend: failingOpener(nil)},
		"long node id": {
			NodeID: string(make([]byte, 256)), Backend: failingOpener(nil),
		},
		"node id that isn't text":     {NodeID: "n\xff", Backend: failingOpener(nil)},
		"API address that isn't text": {NodeID: "n1", APIAddress: "\xff:1", Backend: failingOpener(nil)},
		"version that isn't text":     {NodeID: "n1", Version: "\xff", Backend: failingOpener(nil)},
		"long API address":            {NodeID: "n1", APIAddress: strings.Repeat("a", 1025), Backend: failingOpener(nil)},
		"long version":                {NodeID: "n1", Version: strings.Repeat("v", 1025), Backend: failingOpener(nil)},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := open(t, cfg)
			require.ErrorIs(t, err, sdk.ErrInvalidConfig)
		})
	}
}
