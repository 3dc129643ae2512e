package faults_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/client"
	"github.com/chronik-stream/metalog/internal/nodes"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// Chronik's defect 8: that a node wasn't the leader was told as a text, out of which
// callers read who is. Here nobody has to find the leader, who leads is a field, and
// a refusal is of a kind.
func TestDefect8NobodyLooksForTheLeader(t *testing.T) {
	k := startNodes(t, nil)
	for round := range 3 {
		for _, n := range k.Nodes() {
			name := fmt.Sprintf("%s-%d", n.Name(), round)
			_, err := k.client(n, 0).CreateTopic(k.soon(), spec(name)) // once, and to whomever
			require.NoError(t, err, "through %s", n.Name())
		}
		leader := k.leader()
		s, err := k.client(k.others(leader)[0], 0).Status(k.soon())
		require.NoError(t, err)
		for _, m := range s.GetMembers() {
			require.Equal(t, m.GetNode() == leader.Name(), m.GetLeader())
		}
		next, err := k.client(k.others(leader)[1], patience).TransferLeadership(k.soon(), k.others(leader)[0].Name())
		require.NoError(t, err)
		require.Equal(t, k.others(leader)[0].Name(), next)
		require.Equal(t, next, k.leader().Name())
	}
	leader := k.leader()
	rest := k.others(leader)
	require.NoError(t, leader.Kill(nodes.Both))
	require.NoError(t, rest[0].Kill(nodes.Both))
	left := k.client(rest[1], 0)
	require.Eventually(t, func() bool {
		_, err := left.CreateTopic(k.soon(), spec("nowhere"))
		return errors.Is(err, sdk.ErrNoQuorum)
	}, patience, tick)
}

// Chronik's defect 9: events were broadcast without numbers, so that whoever missed
// one never knew: three nodes had 15, 4,695 and 882 topics. There were 45 segments to
// a topic, as here, and a follower that hears only now and then.
func TestDefect9NobodyMissesAnything(t *testing.T) {
	const topics, segments = 15, 45
	k := startNodes(t, nil)
	deaf := k.others(k.leader())[0]
	var all sync.WaitGroup
	for i, n := range k.Nodes() {
		c := k.client(n, patience)
		all.Go(func() {
			for topic := i; topic < topics; topic += len(k.Nodes()) {
				created, err := c.CreateTopic(k.soon(), spec(fmt.Sprintf("topic-%d", topic)))
				if err != nil {
					t.Error(err)
					return
				}
				for s := range segments {
					if err := putSegment(k, c, created.ID, int64(s)); err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	over := make(chan struct{})
	go func() { all.Wait(); close(over) }()
	for cut := false; ; cut = !cut {
		select {
		case <-over:
			k.Links().Heal()
			s := k.same()
			require.EqualValues(t, topics, s.GetCounts().GetTopics())
			require.EqualValues(t, topics*segments, s.GetCounts().GetSegments())
			return
		case <-time.After(150 * time.Millisecond):
		}
		if cut {
			k.Links().Heal()
		} else {
			k.part(deaf)
		}
	}
}

func putSegment(k *kit, c *client.Client, topic metadata.TopicID, number int64) error {
	got, err := c.PutSegments(k.soon(), metadata.SegmentsSpec{Segments: []metadata.SegmentSpec{{
		SegmentKey:  metadata.SegmentKey{Kind: metadata.SegmentLog, Topic: topic, ID: fmt.Sprintf("s%d", number)},
		SegmentInfo: metadata.SegmentInfo{StartOffset: number * 100, EndOffset: number*100 + 99, Records: 100, SizeBytes: 1000, Path: "s3://log"},
	}}})
	if err == nil && len(got.Failed) > 0 {
		err = fmt.Errorf("segment %d: %s", number, got.Failed[0].Code)
	}
	return err
}

// Chronik's defect 18: what a node had voted and stored was written after it had said
// so, and elections held creations up for 20 s and more. Here leaders are killed one
// after the other, then all nodes at once.
func TestDefect18ElectionsNeitherLoseNorDelay(t *testing.T) {
	const kills = 4
	k := startNodes(t, nil)
	stop := make(chan struct{})
	var mu sync.Mutex
	var longest time.Duration
	created := map[string]uint64{}
	var all sync.WaitGroup
	for i := range k.Nodes() {
		var via []*client.Client
		for j := range k.Nodes() {
			via = append(via, k.client(k.Nodes()[(i+j)%len(k.Nodes())], retrying))
		}
		all.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				name, begin := fmt.Sprintf("topic-%d-%d", i, n), time.Now()
				got, err := create(t.Context(), name, via...)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				longest, created[name] = max(longest, time.Since(begin)), got.Revision
				mu.Unlock()
			}
		})
	}
	for range kills {
		leader := k.leader()
		require.NoError(t, leader.Kill(nodes.Both))
		require.NotEqual(t, leader, k.leader(k.others(leader)...))
		require.NoError(t, leader.Start())
		require.NoError(t, leader.WaitReady(k.soon()))
	}
	close(stop)
	all.Wait()
	t.Logf("%d topics, the longest creation took %v", len(created), longest.Round(time.Millisecond))
	require.Less(t, longest, 2*answering)

	for _, n := range k.Nodes() {
		require.NoError(t, n.Kill(nodes.Both))
	}
	for _, n := range k.Nodes() {
		require.NoError(t, n.Start())
	}
	require.NoError(t, k.WaitReady(k.soon()))
	k.same()
	got, err := k.client(k.Nodes()[0], patience).Topics(k.soon(), metadata.Linearizable())
	require.NoError(t, err)
	require.Len(t, got.Value, len(created))
	for _, topic := range got.Value {
		require.Equal(t, created[topic.Name], topic.CreatedRevision, topic.Name)
	}
}
