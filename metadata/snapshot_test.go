package metadata_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
)

func TestSnapshotOfGenesis(t *testing.T) {
	s := metadata.Genesis()
	restored := restore(t, snapshot(t, s))
	require.Equal(t, s.Digest(), restored.Digest())
}

func TestAnyChangedByteOfASnapshotIsNoticed(t *testing.T) {
	good := snapshot(t, goldenState(t))
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 0x10
		_, err := metadata.ReadState(bytes.NewReader(bad))
		require.Error(t, err, "byte %d", i)
	}
}

func TestACutSnapshotIsNoticed(t *testing.T) {
	good := snapshot(t, goldenState(t))
	for n := range good {
		_, err := metadata.ReadState(bytes.NewReader(good[:n]))
		require.Error(t, err, "cut to %d bytes", n)
	}
}

func TestReadStateReadsNoFurther(t *testing.T) {
	good := snapshot(t, goldenState(t))
	r := bytes.NewReader(append(bytes.Clone(good), "what a host puts behind it"...))
	_, err := metadata.ReadState(iotest.OneByteReader(r))
	require.NoError(t, err)
	rest, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Equal(t, "what a host puts behind it", string(rest))
}

// Records larger than a frame, and frames that end between a length and its item.
func TestSnapshotsOfManyFrames(t *testing.T) {
	l := newLine(metadata.Genesis())
	value := string(bytes.Repeat([]byte("v"), metadata.MaxString))
	for i := range 6 {
		var ops []metadata.ConfigOp
		for j := range 12 {
			ops = append(ops, metadata.ConfigOp{Kind: metadata.ConfigSet, Key: "x." + topicName(i*100+j), Value: &value})
		}
		l.must(t, metadata.NewAlterConfigs(metadata.ConfigSpec{Resource: metadata.Resource{Type: metadata.ResourceCluster}, Ops: ops}))
	}
	for i := range 300 {
		l.must(t, metadata.NewCreateTopic(metadata.TopicSpec{
			Name: topicName(i), ID: topicID(i), Partitions: int32(i%130) + 1, ReplicationFactor: 1,
		}))
	}
	b := snapshot(t, l.state)
	require.Greater(t, len(b), 1<<20)
	restored := restore(t, b)
	require.Equal(t, l.state.Digest(), restored.Digest())
	require.Equal(t, b, snapshot(t, restored))
}

func TestWriteToReportsTheWritersError(t *testing.T) {
	broken := errors.New("disk full")
	s := goldenState(t)
	for limit := range 40 {
		_, err := s.WriteTo(&brokenWriter{limit: limit * 100, err: broken})
		if limit*100 < len(snapshot(t, s)) {
			require.ErrorIs(t, err, broken)
		}
	}
}

// brokenWriter takes limit bytes.
type brokenWriter struct {
	limit int
	err   error
}

func (w *brokenWriter) Write(b []byte) (int, error) {
	n := min(len(b), w.limit)
	w.limit -= n
	if n < len(b) {
		return n, w.err
	}
	return n, nil
}

func TestReadStateReportsTheReadersError(t *testing.T) {
	broken := errors.New("connection reset")
	_, err := metadata.ReadState(iotest.ErrReader(broken))
	require.ErrorIs(t, err, broken)
}

func TestASnapshotOfANewerLevelIsRefused(t *testing.T) {
	b := snapshot(t, metadata.Genesis().WithFeatureLevel(2))
	_, err := metadata.ReadState(bytes.NewReader(b))
	require.ErrorContains(t, err, "upgrade")
}
