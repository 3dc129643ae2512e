package model_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/conformance/model"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// shaky is a store whose creations of topics meet trouble before they succeed.
type shaky struct {
	bare
	trouble []func(ctx context.Context, do func() (metadata.CreatedTopic, error)) error
	clocks  []time.Time
	clock   *model.Clock
}

func (s *shaky) Name() string          { return "shaky" }
func (s *shaky) Store() metadata.Store { return shakyStore{s.bare.Store(), s} }

func (s *shaky) Retry(err error) bool {
	return errors.Is(err, sdk.ErrOutcomeUnknown) || errors.Is(err, sdk.ErrNotAppended)
}

type shakyStore struct {
	metadata.Store
	s *shaky
}

func (s shakyStore) CreateTopic(ctx context.Context, spec metadata.TopicSpec, opts ...metadata.WriteOption) (metadata.CreatedTopic, error) {
	do := func() (metadata.CreatedTopic, error) { return s.Store.CreateTopic(ctx, spec, opts...) }
	s.s.clocks = append(s.s.clocks, s.s.clock.Now())
	if len(s.s.trouble) == 0 {
		return do()
	}
	next := s.s.trouble[0]
	s.s.trouble = s.s.trouble[1:]
	return metadata.CreatedTopic{}, next(ctx, do)
}

func lost(_ context.Context, do func() (metadata.CreatedTopic, error)) error {
	_, _ = do()
	return &sdk.Error{Outcome: sdk.Unknown}
}

func untaken(context.Context, func() (metadata.CreatedTopic, error)) error {
	return &sdk.Error{Reason: sdk.ReasonNoQuorum, Outcome: sdk.NotAppended}
}

func hanging(ctx context.Context, _ func() (metadata.CreatedTopic, error)) error {
	<-ctx.Done()
	return &sdk.Error{Outcome: sdk.Unknown, Err: ctx.Err()}
}

// create makes a topic, again under another request, and again as the first one.
func create() model.Sequence {
	op := metadata.BatchOperation{CreateTopic: &metadata.TopicSpec{Name: "t", ID: metadata.TopicID{15: 1}, Partitions: 1, ReplicationFactor: 1}}
	return model.Sequence{
		{ID: metadata.RequestID{15: 1}, AtMS: 7, Operation: op},
		{ID: metadata.RequestID{15: 2}, AtMS: 5, Operation: op},
		{ID: metadata.RequestID{15: 1}, AtMS: 9, Operation: op},
	}
}

// A write without an answer is made again as the same event, whatever became of the
// attempts before it.
func TestWritesAreRepeatedUntilTheyAreAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := &model.Clock{}
		s := &shaky{bare: newBare(clock), clock: clock}
		s.trouble = append(s.trouble, untaken, hanging, lost, lost)
		require.NoError(t, model.Run(t.Context(), create(), clock, newBare(clock), s))
		require.Empty(t, s.trouble)
		for _, at := range s.clocks[:5] {
			require.Equal(t, time.UnixMilli(7), at)
		}
		require.Len(t, s.clocks, 7)
	})
}

// A refusal may have been lost, too.
func TestALostRefusalIsRepeated(t *testing.T) {
	clock := &model.Clock{}
	s := &shaky{bare: newBare(clock), clock: clock}
	op := metadata.BatchOperation{CreateTopic: &metadata.TopicSpec{Name: ".."}}
	s.trouble = append(s.trouble, lost)
	require.NoError(t, model.Run(t.Context(), model.Sequence{{ID: metadata.RequestID{15: 1}, Operation: op}}, clock, s))
}

func TestARetryThatNoContextOutlasts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := &model.Clock{}
		s := &shaky{bare: newBare(clock), clock: clock}
		for range 1000 {
			s.trouble = append(s.trouble, hanging)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 12*time.Second)
		defer cancel()
		err := model.Run(ctx, create(), clock, s)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorIs(t, err, sdk.ErrOutcomeUnknown)
		require.ErrorContains(t, err, "after 3 attempts")
	})
}

// Trouble that Retry doesn't know is the step's failure, and so is any for a subject
// that can't retry.
func TestTroubleThatIsntRetried(t *testing.T) {
	clock := &model.Clock{}
	s := &shaky{bare: newBare(clock), clock: clock}
	strange := errors.New("strange")
	s.trouble = append(s.trouble, func(context.Context, func() (metadata.CreatedTopic, error)) error { return strange })
	require.ErrorIs(t, model.Run(t.Context(), create(), clock, s), strange)

	s.trouble = append(s.trouble, untaken)
	plain := struct{ model.Subject }{s}
	require.ErrorIs(t, model.Run(t.Context(), create(), clock, plain), sdk.ErrNotAppended)
	require.Len(t, s.clocks, 2)
}

// An answer that is wrong isn't made right by having taken several attempts.
func TestARepeatedAnswerIsCompared(t *testing.T) {
	clock := &model.Clock{}
	s := &shaky{bare: newBare(clock), clock: clock}
	s.trouble = append(s.trouble, func(ctx context.Context, _ func() (metadata.CreatedTopic, error)) error {
		_, err := s.bare.Store().DeleteGroup(ctx, "g")
		require.Error(t, err)
		return &sdk.Error{Outcome: sdk.Unknown}
	})
	require.ErrorContains(t, model.Run(t.Context(), create(), clock, s), "step 0, 1@0 7ms CreateTopic")
}
