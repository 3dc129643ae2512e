package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
)

func TestRefusedItems(t *testing.T) {
	words := []string{"a/0", "a/1", "a/2"}
	unknown := metadata.ItemError{Index: 2, Code: metadata.CodeUnknownTopicOrPartition}
	conflict := metadata.ItemError{Index: 0, Code: metadata.CodeGroupSubscribedToTopic}
	for name, test := range map[string]struct {
		failed []metadata.ItemError
		code   int
		text   string
	}{
		"none":           {nil, exitOK, ""},
		"a conflict":     {[]metadata.ItemError{conflict}, exitConflict, "1 of 3 offsets refused"},
		"something else": {[]metadata.ItemError{conflict, unknown}, exitError, "2 of 3 offsets refused"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRefusedItems("offsets", words, test.failed)
			require.Len(t, r.items, len(test.failed))
			if test.code == exitOK {
				require.NoError(t, r.err())
				return
			}
			var f *failure
			require.ErrorAs(t, r.err(), &f)
			require.Equal(t, test.code, f.code)
			require.Contains(t, f.Error(), test.text)
		})
	}
	require.Equal(t, "a/2 refused: UNKNOWN_TOPIC_OR_PARTITION", newRefusedItems("offsets", words, []metadata.ItemError{unknown}).items[0].String())
}
