package builtin_test

import (
	"bytes"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/host/hosttest"
	"github.com/chronik-stream/metalog/metadata"
)

// A state moves from one engine to the other and back, its plugin being killed on
// the way: revision, digest, every record and the answers arrive, on every node and
// on disk.
func TestAStateMovesThroughEveryEngine(t *testing.T) {
	c := newCluster(t)
	home := t.TempDir()
	s := openOnDisk(t, home)
	filled := hosttest.Fill(t, s)
	before := s.View()
	value := strings.Repeat("v", 30_000)
	for i := range 45 { // several pieces
		_, err := s.AlterConfigs(t.Context(), metadata.ConfigSpec{
			Resource: metadata.Resource{Type: metadata.ResourceGroup, Name: fmt.Sprintf("g%d", i)},
			Ops:      []metadata.ConfigOp{{Kind: metadata.ConfigSet, Key: "x.large", Value: &value}},
		})
		require.NoError(t, err)
	}
	last, err := s.CreateTopic(t.Context(), metadata.TopicSpec{Name: "last", Partitions: 3, ReplicationFactor: 1})
	require.NoError(t, err)
	snapshot := sealedSnapshot(t, s)
	require.NoError(t, s.Close())
	require.Equal(t, "elsewhere", openOnDisk(t, home).Status().SealedTo, "the seal is on disk")

	_, digest, err := c.stores["n2"].Import(t.Context(), bytes.NewReader(snapshot), nil)
	require.NoError(t, err)
	for node, s := range c.stores {
		got, err := s.Topic(t.Context(), "last", metadata.Linearizable())
		require.NoError(t, err, node)
		require.Equal(t, last.ID, got.Value.ID)
		require.Equal(t, digest, s.Status().Digest, node)
		hosttest.RequireFilled(t, before, s.View())
	}
	again, err := c.stores["n3"].CreateTopic(t.Context(), metadata.TopicSpec{Name: "last", Partitions: 3, ReplicationFactor: 1},
		metadata.WithRequestID(last.RequestID, last.FirstRevision))
	require.NoError(t, err)
	require.True(t, again.Deduplicated)
	filled.Finish(t, c.stores["n1"])
	snapshot = sealedSnapshot(t, c.stores["n1"])

	dir := t.TempDir()
	s = openOnDisk(t, dir)
	pieces := 0
	revision, digest, err := s.Import(t.Context(), bytes.NewReader(snapshot), func(int64) {
		if pieces++; pieces == 1 {
			require.NotZero(t, s.Status().Importing)
			require.NoError(t, syscall.Kill(s.Status().Plugin.PID, syscall.SIGKILL))
		}
	})
	require.NoError(t, err)
	require.Greater(t, pieces, 2)
	require.Equal(t, 1, s.Status().Plugin.Restarts)
	require.NoError(t, s.Close())
	s = openOnDisk(t, dir)
	require.Equal(t, digest, s.Status().Digest)
	require.Equal(t, revision, s.Status().Revision)
	_, err = s.CreateTopic(t.Context(), metadata.TopicSpec{Name: "next", Partitions: 1, ReplicationFactor: 1})
	require.NoError(t, err)
	require.Equal(t, revision+1, s.Status().Revision)
}

// sealedSnapshot seals s and returns a snapshot of it, which is its last.
func sealedSnapshot(t *testing.T, s *host.Store) []byte {
	t.Helper()
	at, err := s.Seal(t.Context(), "elsewhere")
	require.NoError(t, err)
	var buf bytes.Buffer
	saved, err := s.Snapshot(t.Context(), &buf, host.SnapshotOptions{})
	require.NoError(t, err)
	require.Equal(t, at.Digest, saved.Digest)
	require.Equal(t, at.Revision, saved.Revision)
	return buf.Bytes()
}
