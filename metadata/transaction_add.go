package metadata

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// NewAddTransactionPartitions is X2 as an event.
func NewAddTransactionPartitions(spec TransactionPartitionsSpec) *eventpb.Event {
	return &eventpb.Event{Command: &eventpb.Event_AddTransactionPartitions{AddTransactionPartitions: &eventpb.AddTransactionPartitions{
		TransactionalId: spec.TransactionalID,
		ProducerId:      spec.ProducerID,
		Epoch:           int32(spec.Epoch),
		Partitions:      partitionsToEvent(spec.Partitions),
	}}}
}

type addTransactionPartitions struct {
	m *eventpb.AddTransactionPartitions
}

func (c addTransactionPartitions) encode(e *encoder) {
	encodeProducer(e, c.m)
	encodeTopicPartitions(e, c.m.GetPartitions())
}

func (c addTransactionPartitions) check(s *State) *refusal { return checkAdding(s, c.m) }

// apply adds all partitions or none: if one isn't there, the others aren't
// attempted.
func (c addTransactionPartitions) apply(d *Draft) (Response, *refusal) {
	t := d.state.transactions.get(c.m.GetTransactionalId())
	places, failed := c.places(&d.state)
	if failed != nil {
		return Response{Failed: failed}, nil
	}
	set := joined(t.Partitions, places, PartitionKey.compare)
	if t.State == TransactionOngoing && len(set) == len(t.Partitions) {
		return Response{}, nil
	}
	next := d.extend(t)
	next.Partitions = set
	d.setTransaction(next)
	return Response{}, nil
}

func (c addTransactionPartitions) places(s *State) (places []PartitionKey, failed []ItemError) {
	absent := false
	for i, p := range c.m.GetPartitions() {
		code := CodeOperationNotAttempted
		if e := s.topics.get(p.GetTopic()); e != nil && e.slot(p.GetPartition()) != nil {
			places = append(places, PartitionKey{e.topic.ID, p.GetPartition()})
		} else {
			code, absent = CodeUnknownTopicOrPartition, true
		}
		failed = append(failed, ItemError{int32(i), code})
	}
	if !absent {
		return places, nil
	}
	return nil, failed
}

func (k PartitionKey) compare(o PartitionKey) int {
	return cmp.Or(bytes.Compare(k.Topic[:], o.Topic[:]), cmp.Compare(k.Partition, o.Partition))
}

// joined is a sorted set with more in it. It shares nothing with more.
func joined[T any](set, more []T, compare func(a, b T) int) []T {
	out := slices.Concat(set, more)
	slices.SortFunc(out, compare)
	return slices.CompactFunc(out, func(a, b T) bool { return compare(a, b) == 0 })
}

// NewAddTransactionOffsets is X3 as an event.
func NewAddTransactionOffsets(spec TransactionGroupSpec) *eventpb.Event {
	return &eventpb.Event{Command: &eventpb.Event_AddTransactionOffsets{AddTransactionOffsets: &eventpb.AddTransactionOffsets{
		TransactionalId: spec.TransactionalID,
		ProducerId:      spec.ProducerID,
		Epoch:           int32(spec.Epoch),
		Group:           spec.Group,
	}}}
}

type addTransactionOffsets struct {
	m *eventpb.AddTransactionOffsets
}

func (c addTransactionOffsets) encode(e *encoder) {
	encodeProducer(e, c.m)
	e.str(c.m.GetGroup())
}

func (c addTransactionOffsets) check(s *State) *refusal {
	if r := checkAdding(s, c.m); r != nil {
		return r
	}
	if c.m.GetGroup() == "" {
		return noGroupID()
	}
	return nil
}

func (c addTransactionOffsets) apply(d *Draft) (Response, *refusal) {
	t := d.state.transactions.get(c.m.GetTransactionalId())
	set := joined(t.Groups, []string{c.m.GetGroup()}, cmp.Compare[string])
	if t.State == TransactionOngoing && len(set) == len(t.Groups) {
		return Response{}, nil
	}
	next := d.extend(t)
	next.Groups = set
	d.setTransaction(next)
	return Response{}, nil
}
