//go:build invariants

package metadata_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
)

// The check itself can be seen to fail.
func TestAnswersOutsideTheTable(t *testing.T) {
	ev := metadata.NewCommitOffsets(metadata.OffsetsSpec{Group: "g"})
	none, unknown := metadata.CodeNone, metadata.CodeUnknownTopicOrPartition
	require.NotPanics(t, func() { metadata.CheckOutcome(ev, none) })
	require.NotPanics(t, func() { metadata.CheckOutcome(ev, none, unknown) })
	require.NotPanics(t, func() { metadata.CheckOutcome(ev, metadata.CodeUnknownMemberID) })
	require.PanicsWithValue(t,
		"metadata: CommitOffsets answers UNKNOWN_TOPIC_OR_PARTITION (3) at revision 7, which isn't one of its codes",
		func() { metadata.CheckOutcome(ev, unknown) })
	require.PanicsWithValue(t,
		"metadata: item 1 of CommitOffsets answers UNKNOWN_MEMBER_ID (25) at revision 7, which isn't one of its codes",
		func() { metadata.CheckOutcome(ev, none, unknown, metadata.CodeUnknownMemberID) })
}
