package metadata_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
)

// Every item of a snapshot but header and end is in one part.
func TestPartsOfASnapshot(t *testing.T) {
	s := wholeState(t)
	all := items(t, snapshot(t, s))
	want := map[string]metadata.SnapshotPart{}
	names := map[byte]string{
		itemTopic: "topic", itemPartition: "partition", itemBroker: "broker", itemConfig: "config", itemRequest: "answer",
		itemGroup: "group", itemOffset: "offset", itemPending: "pending_offset", itemTransaction: "transaction", itemSegment: "segment",
	}
	for _, item := range all[1 : len(all)-1] {
		p := want[names[item[0]]]
		want[names[item[0]]] = metadata.SnapshotPart{Name: names[item[0]], Records: p.Records + 1, Bytes: p.Bytes + int64(len(item))}
	}
	require.Len(t, want, len(names))
	parts := s.SnapshotParts()
	require.Len(t, parts, len(want))
	for _, p := range parts {
		require.Equal(t, want[p.Name], p)
	}
	require.Equal(t, s.Counts().Requests, want["answer"].Records)
	require.Equal(t, metadata.SnapshotPart{Name: "topic"}, metadata.Genesis().SnapshotParts()[0])
}
