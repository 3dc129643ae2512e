package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/chronik-stream/metalog/metadata"
)

// placeView is a partition as it is named in an answer.
type placeView struct {
	Topic     string `json:"topic"` // its id, if the topic is gone
	Partition int32  `json:"partition"`
}

func (p placeView) String() string { return placeText(p.Topic, p.Partition) }

func placeText(topic string, partition int32) string { return fmt.Sprintf("%s/%d", topic, partition) }

// parsePlace reads TOPIC/PARTITION.
func parsePlace(text string) (metadata.TopicPartition, error) {
	topic, index, ok := strings.Cut(text, "/")
	partition, err := strconv.ParseInt(index, 10, 32)
	if !ok || topic == "" || err != nil || partition < 0 {
		return metadata.TopicPartition{}, usagef("%q isn't TOPIC/PARTITION, such as orders/0", text)
	}
	return metadata.TopicPartition{Topic: topic, Partition: int32(partition)}, nil
}

func parsePlaces(texts []string) (places []metadata.TopicPartition, err error) {
	for _, text := range texts {
		place, err := parsePlace(text)
		if err != nil {
			return nil, err
		}
		places = append(places, place)
	}
	return places, nil
}

// parsePlaceOffset reads TOPIC/PARTITION=OFFSET.
func parsePlaceOffset(text string) (metadata.TopicPartition, int64, error) {
	where, offsetText, ok := strings.Cut(text, "=")
	offset, err := strconv.ParseInt(offsetText, 10, 64)
	place, wrong := parsePlace(where)
	if !ok || err != nil || wrong != nil {
		return metadata.TopicPartition{}, 0, usagef("%q isn't TOPIC/PARTITION=OFFSET, such as orders/0=42", text)
	}
	return place, offset, nil
}

// placeWords are places as the caller named them, for what is said about each.
func placeWords(places []metadata.TopicPartition) []string {
	words := make([]string, 0, len(places))
	for _, p := range places {
		words = append(words, placeText(p.Topic, p.Partition))
	}
	return words
}

// namer tells topics' names by their ids. It asks the node for each once,
// and gives the id of a topic that is gone or can't be asked for.
type namer struct {
	node  node
	known map[metadata.TopicID]string
}

func namesFrom(n node) *namer {
	return &namer{node: n, known: map[metadata.TopicID]string{}}
}

func (t *namer) of(ctx context.Context, id metadata.TopicID) string {
	if name, ok := t.known[id]; ok {
		return name
	}
	name := id.String()
	if found, err := t.node.TopicByID(ctx, id); err == nil {
		name = found.Value.Name
	}
	t.known[id] = name
	return name
}

// learn takes the name from a topic that is made or removed: afterwards it may not
// be there to be asked for.
func (t *namer) learn(c metadata.Change) {
	for _, record := range []metadata.Record{c.Before, c.After} {
		if topic, ok := record.(*metadata.Topic); ok {
			t.known[topic.ID] = topic.Name
		}
	}
}

func (t *namer) places(ctx context.Context, keys []metadata.PartitionKey) []placeView {
	views := make([]placeView, 0, len(keys))
	for _, k := range keys {
		views = append(views, placeView{Topic: t.of(ctx, k.Topic), Partition: k.Partition})
	}
	return views
}

// observeTopic looks up the id of a topic that was named, once: every attempt
// of a write has to be the same write.
func observeTopic(ctx context.Context, n node, name string, id *metadata.TopicID) error {
	if !id.IsZero() {
		return nil
	}
	found, err := n.Topic(ctx, name)
	if err != nil {
		return err
	}
	*id = found.Value.ID
	return nil
}
