package conformance

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/chronik-stream/metalog/metadata"
)

// verbs is the stories' language: what docs and scripts may use.
var verbs = map[string]verb{
	"create-topic":      {"CreateTopic", readCreateTopic},
	"delete-topic":      {"DeleteTopic", readDeleteTopic},
	"alter-configs":     {"AlterConfigs", readAlterConfigs},
	"create-partitions": {"CreatePartitions", readCreatePartitions},
	"assign-partition":  {"AssignPartition", readAssignPartition},
	"register-broker":   {"RegisterBroker", readRegisterBroker},
	"set-broker":        {"SetBrokerState", readSetBroker},
	"unregister-broker": {"UnregisterBroker", readUnregisterBroker},

	"topic":       {"Topic", readTopic},
	"topic-by-id": {"TopicByID", readTopicByID},
	"topics":      {"Topics", readTopics},
	"partition":   {"Partition", readPartition},
	"partitions":  {"Partitions", readPartitions},
	"leader":      {"Leader", readLeader},
	"replicas":    {"Replicas", readReplicas},
	"configs":     {"Configs", readConfigs},
	"broker":      {"Broker", readBroker},
	"brokers":     {"Brokers", readBrokers},

	"advance":  {"", readAdvance},
	"flood":    {"", readFlood},
	"fresh":    {"", readFresh},
	"revision": {"", readRevision},
}

func readTopic(s *teller, w *words) call {
	name := w.next()
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.Topic(ctx, name)
		return showOne(got.Value, err, showTopic)
	}
}

func readTopicByID(s *teller, w *words) call {
	id := w.topicID(w.next())
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.TopicByID(ctx, id)
		return showOne(got.Value, err, showTopic)
	}
}

func readTopics(s *teller, _ *words) call {
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.Topics(ctx)
		return showAll("topics", got.Value, showTopic), err
	}
}

func readPartition(s *teller, w *words) call {
	topic, index := w.partition(w.next())
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.Partition(ctx, topic, index)
		return showOne(got.Value, err, showPartition(topic))
	}
}

func readPartitions(s *teller, w *words) call {
	topic := w.next()
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.Partitions(ctx, topic)
		return showAll("partitions", got.Value, showPartition(topic)), err
	}
}

func readLeader(s *teller, w *words) call {
	topic, index := w.partition(w.next())
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.Leader(ctx, topic, index)
		return "leader " + showBrokerID(got.Value), err
	}
}

func readReplicas(s *teller, w *words) call {
	topic, index := w.partition(w.next())
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.Replicas(ctx, topic, index)
		return "replicas " + showBrokerIDs(got.Value), err
	}
}

func readConfigs(s *teller, w *words) call {
	resource := w.resource(w.next())
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.Configs(ctx, resource)
		return showAll("configs", got.Value, func(c metadata.Config) string { return c.Key + "=" + showValue(c.Value) }), err
	}
}

func readBroker(s *teller, w *words) call {
	id := int32(w.parse(w.next()))
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.Broker(ctx, id)
		return showOne(got.Value, err, showBroker)
	}
}

func readBrokers(s *teller, _ *words) call {
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.Brokers(ctx)
		return showAll("brokers", got.Value, showBroker), err
	}
}

func showOne[T any](value *T, err error, show func(*T) string) (string, error) {
	if err != nil {
		return "", err
	}
	return show(value), nil
}

func showAll[T any](what string, values []T, show func(T) string) string {
	if len(values) == 0 {
		return "no " + what
	}
	lines := make([]string, 0, len(values))
	for _, v := range values {
		lines = append(lines, show(v))
	}
	return strings.Join(lines, "\n")
}

// advance DURATION, as Go writes one
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

// fresh goes on with a store that has nothing in it.
func readFresh(s *teller, _ *words) call {
	return func(context.Context) (string, error) {
		s.target = s.open()
		s.topics, s.requests, s.revision = 0, 0, 0
		return "nothing here yet", nil
	}
}

// revision tells where the store stands.
func readRevision(s *teller, _ *words) call {
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.Topics(ctx)
		return fmt.Sprintf("revision %d", got.Revision), err
	}
}
