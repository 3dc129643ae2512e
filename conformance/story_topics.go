package conformance

import (
	"context"
	"fmt"
	"strings"

	"github.com/chronik-stream/metalog/metadata"
)

// create-topic name=N [partitions=] [rf=] [id=tN] [assign=P:B,B]... [config=K:V]...
// A config without a value is null; pad=NxSIZE adds N configs of SIZE letters,
// and @N for a name or value is N letters.
func readCreateTopic(s *teller, w *words) write {
	spec := metadata.TopicSpec{
		Name:              w.value(w.text("name")),
		Partitions:        int32(w.number("partitions", metadata.Default)),
		ReplicationFactor: int32(w.number("rf", metadata.Default)),
		Assignments:       w.assignments(),
		Configs:           w.configs(),
	}
	if id, ok := w.optional("id"); ok {
		spec.ID = w.topicID(id)
	} else {
		spec.ID = s.nextTopicID()
	}
	return write{
		held: metadata.BatchOperation{CreateTopic: &spec},
		do: func(ctx context.Context, opts []metadata.WriteOption) (metadata.Written, metadata.Response, error) {
			got, err := s.target.Store.CreateTopic(ctx, spec, opts...)
			return got.Written, metadata.Response{TopicID: got.ID, Partitions: got.Partitions}, err
		},
	}
}

func (w *words) configs() (out []metadata.ConfigValue) {
	for _, text := range w.all("config") {
		key, value, set := strings.Cut(text, ":")
		c := metadata.ConfigValue{Key: key}
		if set {
			value = w.value(value)
			c.Value = &value
		}
		out = append(out, c)
	}
	if text, ok := w.optional("pad"); ok {
		count, size, _ := strings.Cut(text, "x")
		for i := range w.parse(count) {
			value := w.value("@" + size)
			out = append(out, metadata.ConfigValue{Key: fmt.Sprintf("x.pad%03d", i), Value: &value})
		}
	}
	return out
}

// delete-topic [name=N] [id=tN]
func readDeleteTopic(s *teller, w *words) write {
	ref := metadata.TopicRef{Name: w.value(w.text("name"))}
	if id, ok := w.optional("id"); ok {
		ref.ID = w.topicID(id)
	}
	return write{
		held: metadata.BatchOperation{DeleteTopic: &ref},
		do: func(ctx context.Context, opts []metadata.WriteOption) (metadata.Written, metadata.Response, error) {
			return plain(s.target.Store.DeleteTopic(ctx, ref, opts...))
		},
	}
}

func readTopic(s *teller, w *words) call {
	name := w.next()
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.Topic(ctx, name)
		return shown(got, err, showTopic)
	}
}

func readTopicByID(s *teller, w *words) call {
	id := w.topicID(w.next())
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.TopicByID(ctx, id)
		return shown(got, err, showTopic)
	}
}

func readTopics(s *teller, _ *words) call {
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.Topics(ctx)
		return shown(got, err, listed("topics", showTopic))
	}
}
