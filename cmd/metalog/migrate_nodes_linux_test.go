package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/client"
	"github.com/chronik-stream/metalog/metadata"
)

// offsets is what TestMigrateThereAndBack carries; make soak has it carry more.
var offsets = flag.Int("offsets", 2000, "how many offset commits a migration carries")

// migrateVia are the backends that a state visits on its way from local to local.
var migrateVia = []string{"hashiraft", "dragonboat"}

const catalogueFile = "../../examples/wikimedia-topics.jsonl"

// A state goes from one engine to the next, is served there by three nodes, goes on, and
// comes back in the end: revisions, digest and answers to earlier requests with it.
func TestMigrateThereAndBack(t *testing.T) {
	dir := t.TempDir()
	old := start(t, dir, "old")
	require.NoError(t, old.serving())
	carried := []memory{fillNode(t, old.grpc, *offsets)}
	at := []*nodeProcess{old}
	for _, backend := range migrateVia {
		at, carried = moveOn(t, filepath.Join(dir, backend), at, backend, carried)
	}
	last := at[len(at)-1]
	before := last.status(t)
	moved := migrateTo(t, last.grpc, "local", filepath.Join(dir, "new"), "new")
	require.Equal(t, before.Revision, moved.Revision)
	require.Equal(t, before.Digest, moved.Digest)
	requireSealed(t, at, "its state has moved to node new on local")
	back := start(t, dir, "new")
	require.NoError(t, back.serving())
	requireArrived(t, before.Revision, before.Digest, back)
	for _, m := range carried {
		m.requireRepeated(t, back.grpc)
	}
	require.NoError(t, back.stop())
	require.Equal(t, before.Digest, verify(t, filepath.Join(dir, "new")).Digest)
}

// moveOn moves the state of a cluster to another backend, where two more nodes join and
// something is written. The old nodes are stopped.
func moveOn(t *testing.T, dir string, from []*nodeProcess, backend string, carried []memory) ([]*nodeProcess, []memory) {
	t.Helper()
	source := from[len(from)-1]
	before := source.status(t)
	moved := migrateTo(t, source.grpc, backend, filepath.Join(dir, "n1"), "n1", "--address", freeAddress(t))
	require.Equal(t, before.Revision, moved.Revision)
	require.Equal(t, before.Digest, moved.Digest)
	require.Equal(t, before.Cluster, moved.Cluster)
	requireSealed(t, from, "its state has moved to node n1 on "+backend)
	for _, n := range from {
		require.NoError(t, n.stop())
	}
	n1 := start(t, dir, "n1", "--backend", backend)
	require.NoError(t, n1.serving())
	n2, n3 := join(t, dir, n1, backend, "n2"), join(t, dir, n1, backend, "n3")
	requireArrived(t, before.Revision, before.Digest, n1, n2, n3)
	for _, m := range carried {
		m.requireRepeated(t, n3.grpc)
	}
	next := remember(t, n2.grpc, "after-"+backend)
	require.Equal(t, before.Revision+1, next.written.Revision)
	requireArrived(t, next.written.Revision, n2.status(t).Digest, n1, n2, n3)
	return []*nodeProcess{n1, n2, n3}, append(carried, next)
}

// requireSealed has every node refuse a write, and say where to go.
func requireSealed(t *testing.T, nodes []*nodeProcess, where string) {
	t.Helper()
	for _, n := range nodes {
		code, _, stderr := runAt(t, n.grpc, "topic", "create", "late")
		require.Equal(t, exitConflict, code, stderr)
		require.Contains(t, stderr, where)
	}
}

// memory is a write that was acknowledged, to be made again.
type memory struct {
	spec    metadata.TopicSpec
	written metadata.CreatedTopic
}

func remember(t *testing.T, addr, topic string) memory {
	t.Helper()
	m := memory{spec: metadata.TopicSpec{Name: topic, Partitions: 1, ReplicationFactor: 1}}
	var err error
	m.written, err = dialled(t, addr).CreateTopic(clusterPatience(t), m.spec)
	require.NoError(t, err)
	return m
}

func (m memory) requireRepeated(t *testing.T, addr string) {
	t.Helper()
	again, err := dialled(t, addr).CreateTopic(clusterPatience(t), m.spec, metadata.WithRequestID(m.written.RequestID, m.written.FirstRevision))
	require.NoError(t, err)
	require.True(t, again.Deduplicated)
	require.Equal(t, m.written.Revision, again.Revision)
	require.Equal(t, m.written.ID, again.ID)
}

func dialled(t *testing.T, addr string) *client.Client {
	t.Helper()
	c, err := client.Dial(addr, client.RetryFor(startWait))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

// fillNode fills a node with a real catalogue and commits of offsets, and remembers the
// last write.
func fillNode(t *testing.T, addr string, commits int) memory {
	t.Helper()
	code, _, stderr := runAt(t, addr, "topic", "create", "--from-file", catalogueFile, "--progress", "none")
	require.Equal(t, exitOK, code, stderr)
	names := topicNames(t, addr)
	c := dialled(t, addr)
	const writers = 64
	var group sync.WaitGroup
	failed := make(chan error, writers)
	for w := range writers {
		group.Go(func() {
			for i := w; i < commits; i += writers {
				items, err := c.CommitOffsets(t.Context(), metadata.OffsetsSpec{
					Group: fmt.Sprintf("group-%d", i%100), Generation: metadata.NoGeneration,
					Offsets: []metadata.OffsetCommit{{Topic: names[i%len(names)], Offset: int64(i), LeaderEpoch: -1}},
				})
				if err != nil || len(items.Failed) > 0 {
					failed <- fmt.Errorf("commit %d: %w, refused: %v", i, err, items.Failed)
					return
				}
			}
		})
	}
	group.Wait()
	close(failed)
	for err := range failed {
		require.NoError(t, err)
	}
	return remember(t, addr, "last")
}

// migrateTo moves a state and returns what the command says of it.
func migrateTo(t *testing.T, from, backend, dir, node string, more ...string) filledView {
	t.Helper()
	code, stdout, stderr := runHere(t, append([]string{
		"backend", "migrate", "--from", from, "--to", backend, "--out", dir, "--node-id", node, "--progress", "none", "-o", "json",
	}, more...)...)
	require.Equal(t, exitOK, code, stderr)
	require.Contains(t, stderr, "start it: metalog server --backend "+backend+" --node-id "+node+" --data-dir "+dir)
	var view filledView
	require.NoError(t, json.Unmarshal([]byte(stdout), &view))
	return view
}

// join adds a node to the one that was made, by the commands that it prints.
func join(t *testing.T, dir string, member *nodeProcess, backend, name string) *nodeProcess {
	t.Helper()
	wait := []string{"--timeout", startWait.String()}
	code, _, stderr := runAt(t, member.grpc, append([]string{"member", "add", name, freeAddress(t), "--learner"}, wait...)...)
	require.Equal(t, exitOK, code, stderr)
	command := regexp.MustCompile(`metalog (init --join .*)`).FindStringSubmatch(stderr)
	require.NotNil(t, command, stderr)
	code, _, stderr = runHere(t, append(strings.Fields(command[1]), "--data-dir", filepath.Join(dir, name))...)
	require.Equal(t, exitOK, code, stderr)
	n := start(t, dir, name, "--backend", backend)
	require.NoError(t, n.serving())
	code, _, stderr = runAt(t, member.grpc, append([]string{"member", "promote", name}, wait...)...)
	require.Equal(t, exitOK, code, stderr)
	return n
}

// freeAddress is one on loopback that nobody has at the moment.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// requireArrived waits until nodes have come to a revision, and have its digest.
func requireArrived(t *testing.T, revision uint64, digest string, nodes ...*nodeProcess) {
	t.Helper()
	for _, n := range nodes {
		require.Eventually(t, func() bool { return n.status(t).Revision >= revision }, startWait, 20*time.Millisecond)
		st := n.status(t)
		require.Equal(t, revision, st.Revision)
		require.Equal(t, digest, st.Digest)
	}
}
