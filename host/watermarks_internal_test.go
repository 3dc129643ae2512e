package host

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
)

func watermarkOf(topic byte, offset int64) metadata.Watermark {
	return metadata.Watermark{Topic: metadata.TopicID{topic}, HighWatermark: offset}
}

// Only what has changed is due, once, and again if it wasn't taken.
func TestWatermarksAreDueOnce(t *testing.T) {
	b := NewBare()
	for name, id := range map[string]metadata.TopicID{"a": {1}, "b": {2}} {
		_, err := b.CreateTopic(t.Context(), metadata.TopicSpec{Name: name, ID: id, Partitions: 1, ReplicationFactor: 1})
		require.NoError(t, err)
	}
	m := newWatermarks()
	require.Empty(t, m.due(b.View()))
	m.set(watermarkOf(1, 5))
	m.set(watermarkOf(2, 6))
	require.Len(t, m.due(b.View()), 2)
	require.Empty(t, m.due(b.View()), "nothing has changed since")

	m.set(watermarkOf(2, 7))
	due := m.due(b.View())
	require.Equal(t, []metadata.Watermark{watermarkOf(2, 7)}, due)
	m.again(due)
	require.Equal(t, due, m.due(b.View()), "what wasn't checkpointed is due again")

	_, err := b.CheckpointWatermarks(t.Context(), metadata.WatermarksSpec{Watermarks: due})
	require.NoError(t, err)
	m.again(due)
	require.Empty(t, m.due(b.View()), "what the state has needn't be proposed")

	_, err = b.DeleteTopic(t.Context(), metadata.TopicRef{Name: "a"})
	require.NoError(t, err)
	m.due(b.View())
	require.Len(t, m.byPlace, 1, "what is gone is forgotten")
}
