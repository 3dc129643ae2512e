package conformance

import (
	"context"
	"errors"
	"fmt"

	"github.com/chronik-stream/metalog/metadata"
)

// advance DURATION, as Go writes one; with a - the clock goes back.
func readAdvance(s *teller, w *words) call {
	d := w.duration(w.next())
	return func(context.Context) (string, error) {
		s.target.Clock.advance(d)
		return "it is " + showTime(s.target.Clock.Now().UnixMilli()), nil
	}
}

// flood N is N requests that are refused.
func readFlood(s *teller, w *words) call {
	n := w.parse(w.next())
	return func(ctx context.Context) (string, error) {
		for range n {
			id, first := s.nextRequest()
			_, err := s.target.Store.DeleteTopic(ctx, metadata.TopicRef{Name: "nobody"}, metadata.WithRequestID(id, first))
			var refused *metadata.Error
			if !errors.As(err, &refused) || refused.Code != metadata.CodeUnknownTopicOrPartition {
				return "", fmt.Errorf("flood: a topic that isn't there was deleted, or: %w", err)
			}
			s.revision = refused.Revision
		}
		return fmt.Sprintf("%d requests later, revision %d", n, s.revision), nil
	}
}

// repeat N COMMAND carries a command out N times and shows the last answer.
func readRepeat(s *teller, w *words) call {
	n, again := w.again()
	return func(ctx context.Context) (text string, err error) {
		for range n {
			if text, err = s.command(ctx, again); err != nil {
				return "", err
			}
		}
		return text, nil
	}
}

// again takes N COMMAND.
func (w *words) again() (n int64, command words) {
	n, command = w.parse(w.next()), words{name: w.next()}
	command.rest, command.below = w.rest, w.takeBelow()
	w.rest = nil
	return n, command
}

// fresh goes on with a store that has nothing in it.
func readFresh(s *teller, _ *words) call {
	return func(ctx context.Context) (string, error) { return "nothing here yet", s.fresh(ctx) }
}

// revision tells where the store stands.
func readRevision(s *teller, _ *words) call {
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.Topics(ctx)
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("revision %d", got.Revision), nil
	}
}
