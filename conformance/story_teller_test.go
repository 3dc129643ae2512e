package conformance

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// liar is a store that answers one read as it likes.
type liar struct {
	metadata.Store
	err error
}

func (l *liar) Topic(context.Context, string, ...metadata.ReadOption) (metadata.Read[*metadata.Topic], error) {
	return metadata.Read[*metadata.Topic]{}, l.err
}

func tellerOf(err error) *teller {
	return newTeller(func() StoryTarget {
		clock := NewStoryClock()
		return StoryTarget{Store: &liar{Store: host.NewBare(host.WithClock(clock.Now)), err: err}, Clock: clock}
	})
}

func TestACodeOutsideItsRowEndsTheStory(t *testing.T) {
	_, err := tellerOf(&metadata.Error{Code: metadata.CodeInvalidTopic}).command(t.Context(), "topic t")
	require.ErrorContains(t, err, "Topic answers INVALID_TOPIC_EXCEPTION (17), which isn't one of its codes")

	// Writes have codes of their own that reads haven't.
	_, err = tellerOf(&metadata.Error{Code: metadata.CodeRequestTimedOut}).command(t.Context(), "topic t")
	require.ErrorContains(t, err, "isn't one of its codes")
}

func TestWhatIsntARefusalIsShownAsItIs(t *testing.T) {
	s := tellerOf(errors.New("the line is dead"))
	text, err := s.command(t.Context(), "topic t")
	require.NoError(t, err)
	require.Equal(t, "error: the line is dead", text)
	require.Empty(t, s.met, "no code was met")

	unknown := &sdk.Error{Reason: sdk.ReasonTimeout, Outcome: sdk.Unknown, Err: &metadata.Error{Code: metadata.CodeUnknownTopicOrPartition, Revision: 3, Message: "m"}}
	text, err = tellerOf(unknown).command(t.Context(), "topic t")
	require.NoError(t, err)
	require.Equal(t, "UNKNOWN_TOPIC_OR_PARTITION (3) revision=3 outcome unknown: m", text)
}

func TestCommandsThatCantBeCarriedOut(t *testing.T) {
	for line, want := range map[string]string{
		"dance":                            `no command "dance"`,
		"topic":                            "topic wants another word",
		"topic a b":                        "topic doesn't take b",
		"topic-by-id 7":                    `topic-by-id: "7" isn't a topic id like t1`,
		"partition t":                      `partition: "t" isn't TOPIC/PARTITION`,
		"create-topic name=t partitions=x": `create-topic: "x" isn't a number`,
		"create-topic name=t name=u":       "create-topic takes name= once",
		"create-topic name=t colour=red":   "create-topic doesn't take colour=red",
		"alter-configs topic/t set":        "alter-configs wants another word",
		"advance soon":                     `advance: time: invalid duration "soon"`,
	} {
		_, err := tellerOf(nil).command(t.Context(), line)
		require.EqualError(t, err, want, line)
	}
}
