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
func readCreateTopic(s *teller, w *words) call {
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
	opts := s.writeOptions(w)
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.CreateTopic(ctx, spec, opts...)
		if err != nil {
			return "", err
		}
		return s.written(got.Written, opts, fmt.Sprintf(" id=%s partitions=%d", showTopicID(got.ID), got.Partitions)), nil
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
func readDeleteTopic(s *teller, w *words) call {
	ref := metadata.TopicRef{Name: w.value(w.text("name"))}
	if id, ok := w.optional("id"); ok {
		ref.ID = w.topicID(id)
	}
	opts := s.writeOptions(w)
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.DeleteTopic(ctx, ref, opts...)
		return s.written(got, opts, ""), err
	}
}

// alter-configs RESOURCE [replace] {set K=V | append K=V | subtract K=V | delete K}...
// A key without = has a null value; op=N K=V is an operation by number.
func readAlterConfigs(s *teller, w *words) call {
	spec := metadata.ConfigSpec{Resource: w.resource(w.next())}
	opts := s.writeOptions(w)
	spec.Replace = w.flag("replace")
	for len(w.rest) > 0 && w.err == nil {
		spec.Ops = append(spec.Ops, w.configOp())
	}
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.AlterConfigs(ctx, spec, opts...)
		return s.written(got, opts, ""), err
	}
}

var configOps = map[string]metadata.ConfigOpKind{
	"set":      metadata.ConfigSet,
	"delete":   metadata.ConfigDelete,
	"append":   metadata.ConfigAppend,
	"subtract": metadata.ConfigSubtract,
}

func (w *words) configOp() metadata.ConfigOp {
	verb := w.next()
	kind, ok := configOps[verb]
	if !ok {
		kind = metadata.ConfigOpKind(w.parse(strings.TrimPrefix(verb, "op=")))
	}
	key, value, set := strings.Cut(w.next(), "=")
	op := metadata.ConfigOp{Kind: kind, Key: key}
	if set {
		value = w.value(value)
		op.Value = &value
	}
	return op
}

// create-partitions topic=N total=M [assign=P:B,B]...
func readCreatePartitions(s *teller, w *words) call {
	spec := metadata.PartitionsSpec{
		Topic:       w.text("topic"),
		Total:       int32(w.number("total", 0)),
		Assignments: w.assignments(),
	}
	opts := s.writeOptions(w)
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.CreatePartitions(ctx, spec, opts...)
		return s.written(got, opts, ""), err
	}
}

// assign-partition TOPIC/P replicas=B,B leader=B [expect=PARTITION_EPOCH]
func readAssignPartition(s *teller, w *words) call {
	topic, index := w.partition(w.next())
	spec := metadata.AssignmentSpec{
		Topic:     topic,
		Partition: index,
		Replicas:  w.brokers(w.text("replicas")),
		Leader:    int32(w.number("leader", int64(metadata.NoLeader))),
	}
	if text, ok := w.optional("expect"); ok {
		epoch := int32(w.parse(text))
		spec.ExpectedPartitionEpoch = &epoch
	}
	opts := s.writeOptions(w)
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.AssignPartition(ctx, spec, opts...)
		return s.written(got, opts, ""), err
	}
}

// register-broker ID inc=LETTERS [endpoint=NAME://HOST:PORT]... [rack=R]
// inc=0 is the zero incarnation; a rack of @N is N letters.
func readRegisterBroker(s *teller, w *words) call {
	spec := metadata.BrokerSpec{ID: int32(w.parse(w.next())), Rack: w.value(w.text("rack"))}
	if inc := w.text("inc"); inc != "0" {
		copy(spec.Incarnation[:], inc)
	}
	for _, text := range w.all("endpoint") {
		spec.Endpoints = append(spec.Endpoints, w.endpoint(text))
	}
	opts := s.writeOptions(w)
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.RegisterBroker(ctx, spec, opts...)
		return s.written(got.Written, opts, fmt.Sprintf(" epoch=%d", got.Epoch)), err
	}
}

func (w *words) endpoint(text string) metadata.Endpoint {
	name, address, _ := strings.Cut(text, "://")
	host, port, _ := strings.Cut(address, ":")
	return metadata.Endpoint{Name: name, Host: host, Port: int32(w.parse(port)), SecurityProtocol: name}
}

var brokerStates = map[string]metadata.BrokerState{
	"fenced":              metadata.BrokerFenced,
	"unfenced":            metadata.BrokerUnfenced,
	"controlled-shutdown": metadata.BrokerControlledShutdown,
}

// set-broker ID epoch=E STATE
func readSetBroker(s *teller, w *words) call {
	spec := metadata.BrokerStateSpec{ID: int32(w.parse(w.next())), Epoch: w.number("epoch", 0)}
	opts := s.writeOptions(w)
	text := w.next()
	if state, ok := brokerStates[text]; ok {
		spec.State = state
	} else {
		spec.State = metadata.BrokerState(w.parse(text))
	}
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.SetBrokerState(ctx, spec, opts...)
		return s.written(got, opts, ""), err
	}
}

// unregister-broker ID [epoch=E]
func readUnregisterBroker(s *teller, w *words) call {
	spec := metadata.UnregisterSpec{ID: int32(w.parse(w.next()))}
	if text, ok := w.optional("epoch"); ok {
		epoch := w.parse(text)
		spec.Epoch = &epoch
	}
	opts := s.writeOptions(w)
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.UnregisterBroker(ctx, spec, opts...)
		return s.written(got, opts, ""), err
	}
}
