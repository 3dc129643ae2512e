package faults_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/client"
	"github.com/chronik-stream/metalog/internal/nodes"
)

// importing creates topics through all nodes, many at once, each until its outcome is
// known. at is called once, when so many are done.
func (k *kit) importing(count, atOnce, when int, at func()) {
	k.t.Helper()
	var next, done atomic.Int64
	var mu sync.Mutex
	revisions := map[uint64]string{}
	reached := make(chan struct{})
	var all sync.WaitGroup
	for i := range atOnce {
		var via []*client.Client
		for j := range k.Nodes() {
			via = append(via, k.client(k.Nodes()[(i+j)%len(k.Nodes())], retrying))
		}
		all.Go(func() {
			for n := next.Add(1); n <= int64(count); n = next.Add(1) {
				name := fmt.Sprintf("topic-%05d", n)
				got, err := create(k.t.Context(), name, via...)
				if err != nil {
					k.t.Error(err)
					return
				}
				mu.Lock()
				other := revisions[got.Revision]
				revisions[got.Revision] = name
				mu.Unlock()
				assert.Empty(k.t, other, "%s has the revision %d of another", name, got.Revision)
				if done.Add(1) == int64(when) {
					close(reached)
				}
			}
		})
	}
	over := make(chan struct{})
	go func() { all.Wait(); close(over) }()
	select {
	case <-reached:
		at()
	case <-over:
	}
	<-over
	require.Len(k.t, revisions, count)
}

// The leader is killed, host and plugin, in the middle of an import: each topic is
// there once, on every node.
func TestLeaderIsKilledDuringAnImport(t *testing.T) {
	topics := 2_000
	if *all {
		topics = 10_000
	}
	k := startNodes(t, nil)
	leader := k.leader()
	k.importing(topics, 64, topics/3, func() {
		require.NoError(t, leader.Kill(nodes.Both))
		require.NoError(t, leader.Start())
	})
	s := k.same()
	require.EqualValues(t, topics, s.GetCounts().GetTopics())
	require.EqualValues(t, topics, s.GetRevision(), "each was created by one event")
	require.Len(t, k.topics(leader), topics)
}
