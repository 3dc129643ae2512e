package metadata

import (
	"math"
	"slices"

	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// NewBatch is a batch as an event. The caller has chosen the ids of topics to
// create; resolve says where a log start goes that is asked for as the high
// watermark. The error is resolve's, or an *Error if an operation isn't exactly
// one.
func NewBatch(spec BatchSpec, resolve func(LogStartSpec) (int64, error)) (*eventpb.Event, error) {
	m := &eventpb.Batch{}
	for _, p := range spec.Preconditions {
		m.Preconditions = append(m.Preconditions, preconditionToEvent(p))
	}
	for i := range spec.Operations {
		op, err := spec.Operations[i].event(resolve)
		if err != nil {
			return nil, err
		}
		m.Operations = append(m.Operations, op)
	}
	return &eventpb.Event{Command: &eventpb.Event_Batch{Batch: m}}, nil
}

// event is the operation by itself.
func (o *BatchOperation) event(resolve func(LogStartSpec) (int64, error)) (*eventpb.Event, error) {
	var events []*eventpb.Event
	var failed error
	for _, e := range o.each(resolve, &failed) {
		if e != nil {
			events = append(events, e)
		}
	}
	if failed != nil {
		return nil, failed
	}
	if len(events) != 1 {
		return nil, &Error{Code: CodeInvalidRequest, Message: "an operation of a batch must be exactly one: set one field of it"}
	}
	return events[0], nil
}

// each is an event for each field that is set.
func (o *BatchOperation) each(resolve func(LogStartSpec) (int64, error), failed *error) []*eventpb.Event {
	return []*eventpb.Event{
		ifSet(o.CreateTopic, NewCreateTopic),
		ifSet(o.DeleteTopic, NewDeleteTopic),
		ifSet(o.AlterConfigs, NewAlterConfigs),
		ifSet(o.CreatePartitions, NewCreatePartitions),
		ifSet(o.AssignPartition, NewAssignPartition),
		ifSet(o.RegisterBroker, NewRegisterBroker),
		ifSet(o.SetBrokerState, NewSetBrokerState),
		ifSet(o.UnregisterBroker, NewUnregisterBroker),
		ifSet(o.PutGroup, NewPutGroup),
		ifSet(o.CommitOffsets, NewCommitOffsets),
		ifSet(o.DeleteOffsets, NewDeleteOffsets),
		ifSet(o.DeleteGroup, func(g GroupRef) *eventpb.Event { return NewDeleteGroup(g.ID) }),
		ifSet(o.AllocateProducerIDs, NewAllocateProducerIDs),
		ifSet(o.InitProducer, NewInitProducer),
		ifSet(o.AddTransactionPartitions, NewAddTransactionPartitions),
		ifSet(o.AddTransactionOffsets, NewAddTransactionOffsets),
		ifSet(o.CommitTransactionOffsets, NewCommitTransactionOffsets),
		ifSet(o.PrepareTransaction, NewPrepareTransaction),
		ifSet(o.CompleteTransaction, NewCompleteTransaction),
		ifSet(o.CheckpointWatermarks, NewCheckpointWatermarks),
		ifSet(o.AdvanceLogStart, func(spec LogStartSpec) *eventpb.Event {
			to, err := resolve(spec)
			if err != nil {
				*failed = err
			}
			return NewAdvanceLogStart(spec, to)
		}),
		ifSet(o.PutSegments, NewPutSegments),
		ifSet(o.DeleteSegments, NewDeleteSegments),
		ifSet(o.Batch, func(spec BatchSpec) *eventpb.Event {
			inner, err := NewBatch(spec, resolve)
			if err != nil {
				*failed = err
			}
			return inner
		}),
		ifSet(o.Settle, NewSettle),
		ifSet(o.SetFeatureLevel, NewSetFeatureLevel),
		ifSet(o.ResetClock, NewResetClock),
	}
}

func ifSet[T any](spec *T, event func(T) *eventpb.Event) *eventpb.Event {
	if spec == nil {
		return nil
	}
	return event(*spec)
}

// preconditionToEvent leaves out what can't be said, which is refused then.
func preconditionToEvent(p Precondition) *eventpb.Precondition {
	out := &eventpb.Precondition{Record: &eventpb.RecordKey{
		Noun:      eventpb.Noun(p.Record.Noun),
		Name:      p.Record.Name,
		Partition: p.Record.Partition,
	}}
	if !p.Record.Topic.IsZero() {
		out.Record.TopicId = slices.Clone(p.Record.Topic[:])
	}
	if n := p.Record.Number; n >= math.MinInt32 && n <= math.MaxInt32 {
		out.Record.Number = int32(n)
	} else {
		out.Record.Noun = eventpb.Noun_NOUN_UNSPECIFIED
	}
	switch p.Expected {
	case ExpectExists:
		out.Expected = &eventpb.Precondition_Exists{Exists: &eventpb.Exists{}}
	case ExpectAbsent:
		out.Expected = &eventpb.Precondition_Absent{Absent: &eventpb.Absent{}}
	case ExpectRevision:
		out.Expected = &eventpb.Precondition_ModifiedRevision{ModifiedRevision: p.Revision}
	}
	return out
}
