package conformance

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
)

func told(t *testing.T, s *teller, lines ...string) (string, error) {
	t.Helper()
	return s.block(t.Context(), block{line: 1, commands: lines})
}

func TestLinesBelowBelongToTheLineAbove(t *testing.T) {
	require.Equal(t, [][]string{{"a"}, {"b", "  c", "    d"}, {"e"}}, commandsOf([]string{"a", "b", "  c", "    d", "e"}))

	s := tellerOf(t, nil)
	text, err := told(t, s, "batch", "  if topic t absent", "  create-topic name=t", "  init-producer tx", "revision")
	require.NoError(t, err)
	require.Equal(t, "ok revision=1\n  CreateTopic id=t1 partitions=1\n  InitProducer pid=0:0\nrevision 1\n", text)
	require.Equal(t, map[string]int{"Batch": 1, "": 1}, s.met.Stories)
}

func TestBatchesThatCantBeRead(t *testing.T) {
	for _, c := range []struct {
		want  string
		lines []string
	}{
		{"1: topics doesn't take lines below it", []string{"topics", "  topics"}},
		{"2: topics is nothing that a batch does", []string{"revision", "batch", "  topics"}},
		{"1: dance is nothing that a batch does", []string{"batch", "  dance"}},
		{"1: delete-topic doesn't take request=a@0", []string{"batch", "  delete-topic name=t request=a@0"}},
		{"1: if wants another word", []string{"batch", "  if topic exists"}},
		{"1: delete-group wants another word", []string{"batch", "  batch", "    delete-group"}},
	} {
		_, err := told(t, tellerOf(t, nil), c.lines...)
		require.EqualError(t, err, c.want)
	}
}

func TestRepeat(t *testing.T) {
	s := tellerOf(t, nil)
	text, err := s.line(t.Context(), "repeat 3 init-producer tx")
	require.NoError(t, err)
	require.Equal(t, "ok revision=3 pid=0:2", text, "the last answer")
	require.Equal(t, 3, s.met.Codes.Sum("InitProducer"))
}

// CommitOffsets refuses one item with a code that isn't for items.
func (l *liar) CommitOffsets(context.Context, metadata.OffsetsSpec, ...metadata.WriteOption) (metadata.CommittedItems, error) {
	return metadata.CommittedItems{Failed: []metadata.ItemError{{Index: 1, Code: metadata.CodeNonEmptyGroup}}}, nil
}

func TestAnItemsCodeOutsideItsRowEndsTheStory(t *testing.T) {
	s := tellerOf(t, nil)
	_, err := s.line(t.Context(), "commit-offsets g t/0..2=1")
	require.EqualError(t, err, "an item of CommitOffsets has NON_EMPTY_GROUP (68), which isn't one of its items' codes")
	require.Equal(t, 2, s.met.Items["CommitOffsets"][metadata.CodeNone], "the other two")
}

// What was answered under a request id is shown alike wherever it turns up.
func TestAnswersThatTurnUpAgain(t *testing.T) {
	text, err := told(
		t, tellerOf(t, nil),
		"batch request=one@0", "  create-topic name=t", "  allocate-producer-ids",
		"outcome one@0",
		"init-producer tx request=two@0",
		"settle two@0",
	)
	require.NoError(t, err)
	require.Equal(t, `ok revision=1
  CreateTopic id=t1 partitions=1
  AllocateProducerIDs first=0 count=1000
answered: ok revision=1
  CreateTopic id=t1 partitions=1
  AllocateProducerIDs first=0 count=1000
ok revision=2 pid=1000:0
ok revision=3 answer: ok revision=2 pid=1000:0
`, text)
}
