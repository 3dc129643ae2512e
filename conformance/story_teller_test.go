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

func tellerOf(t *testing.T, err error) *teller {
	t.Helper()
	s := newTeller(func(context.Context) (StoryTarget, error) {
		clock := NewStoryClock()
		return StoryTarget{Store: &liar{Store: host.NewBare(host.WithClock(clock.Now)), err: err}, Clock: clock}, nil
	})
	require.NoError(t, s.fresh(t.Context()))
	return s
}

// line carries out a command of one line.
func (s *teller) line(ctx context.Context, line string) (string, error) {
	w, err := splitWords(line)
	if err != nil {
		return "", err
	}
	return s.command(ctx, w)
}

func TestACodeOutsideItsRowEndsTheStory(t *testing.T) {
	_, err := tellerOf(t, &metadata.Error{Code: metadata.CodeInvalidTopic}).line(t.Context(), "topic t")
	require.ErrorContains(t, err, "Topic answers INVALID_TOPIC_EXCEPTION (17), which isn't one of its codes")

	// Writes have codes of their own that reads haven't.
	_, err = tellerOf(t, &metadata.Error{Code: metadata.CodeRequestTimedOut}).line(t.Context(), "topic t")
	require.ErrorContains(t, err, "isn't one of its codes")
}

func TestWhatIsntARefusalIsShownAsItIs(t *testing.T) {
	s := tellerOf(t, errors.New("the line is dead"))
	text, err := s.line(t.Context(), "topic t")
	require.NoError(t, err)
	require.Equal(t, "error: the line is dead", text)
	require.Empty(t, s.met.Codes, "no code was met")

	unknown := &sdk.Error{Reason: sdk.ReasonTimeout, Outcome: sdk.Unknown, Err: &metadata.Error{Code: metadata.CodeUnknownTopicOrPartition, Revision: 3, Message: "m"}}
	text, err = tellerOf(t, unknown).line(t.Context(), "topic t")
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
		"commit-offsets g t=1":             `commit-offsets: "t" isn't TOPIC/PARTITION`,
		"prepare-transaction tx 0:0":       "prepare-transaction wants commit or abort",
		"segment t1/a":                     `segment: "t1/a" isn't TOPIC_ID/PARTITION/ID`,
		"put-group g sleepy":               `put-group: "sleepy" isn't a number`,
		"repeat 2 dance":                   `no command "dance"`,
	} {
		_, err := tellerOf(t, nil).line(t.Context(), line)
		require.EqualError(t, err, want, line)
	}
}
