package model

import (
	"strconv"

	"github.com/chronik-stream/metalog/metadata"
)

// batch is Batch. A refused one is forgotten by whoever called it.
func (e *event) batch(spec metadata.BatchSpec) (metadata.Response, metadata.Code) {
	answers := &metadata.BatchAnswers{Failed: -1}
	r := metadata.Response{Batch: answers}
	if len(spec.Operations) == 0 || len(spec.Operations) > metadata.MaxBatch {
		return r, metadata.CodeInvalidRequest
	}
	for _, op := range spec.Operations {
		if op.Batch != nil || op.Settle != nil || op.SetFeatureLevel != nil || op.ResetClock != nil {
			return r, metadata.CodeInvalidRequest
		}
	}
	for _, p := range spec.Preconditions {
		if !nameable(p.Record) || p.Expected < metadata.ExpectExists || p.Expected > metadata.ExpectRevision {
			return r, metadata.CodeInvalidRequest
		}
		if !e.holds(p) {
			return r, metadata.CodeInvalidUpdateVersion
		}
	}
	for i, op := range spec.Operations {
		answer, code := e.do(op)
		if code == metadata.CodeNone && len(answer.Failed) > 0 {
			code = answer.Failed[0].Code
		}
		if code != metadata.CodeNone {
			return metadata.Response{Batch: &metadata.BatchAnswers{Failed: int32(i)}}, code
		}
		answers.Operations = append(answers.Operations, answer)
	}
	return r, metadata.CodeNone
}

// nameable says whether a precondition may be about such a record.
func nameable(k metadata.Key) bool {
	switch k.Noun {
	case metadata.NounTopic, metadata.NounPartition, metadata.NounBroker, metadata.NounConfig, metadata.NounGroup,
		metadata.NounOffset, metadata.NounTransaction, metadata.NounSegment:
		return true
	default:
		return false
	}
}

func (t *tables) holds(p metadata.Precondition) bool {
	modified, exists := t.modified(p.Record)
	switch p.Expected {
	case metadata.ExpectExists:
		return exists
	case metadata.ExpectAbsent:
		return !exists
	default:
		return exists && modified == p.Revision
	}
}

// modified is when a record was last changed.
func (t *tables) modified(k metadata.Key) (revision uint64, exists bool) {
	at := metadata.PartitionKey{Topic: k.Topic, Partition: k.Partition}
	switch k.Noun {
	case metadata.NounTopic:
		r, ok := t.topics[k.Name]
		return r.ModifiedRevision, ok
	case metadata.NounPartition:
		r, ok := t.partitions[at]
		return r.ModifiedRevision, ok
	case metadata.NounBroker:
		r, ok := t.brokers[int32(k.Number)]
		return r.ModifiedRevision, ok
	case metadata.NounConfig:
		r, ok := t.configs[metadata.Resource{Type: metadata.ResourceType(k.Number), Name: k.Name}]
		return r.ModifiedRevision, ok
	case metadata.NounGroup:
		r, ok := t.groups[k.Name]
		return r.ModifiedRevision, ok
	case metadata.NounOffset:
		r, ok := t.offsets[offsetKey{k.Name, at}]
		return r.ModifiedRevision, ok
	case metadata.NounTransaction:
		r, ok := t.transactions[k.Name]
		return r.ModifiedRevision, ok
	case metadata.NounSegment:
		r, ok := t.segments[metadata.SegmentKey{Kind: metadata.SegmentKind(k.Number), Topic: k.Topic, Partition: k.Partition, ID: k.Name}]
		return r.ModifiedRevision, ok
	default:
		panic("no record is a " + strconv.Itoa(int(k.Noun)))
	}
}
