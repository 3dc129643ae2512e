package model

import (
	"cmp"

	"github.com/chronik-stream/metalog/metadata"
)

// Node is the model with what the one node knows that is asked: high watermarks
// (W1), and what it refuses before it proposes. One goroutine uses it.
type Node struct {
	*Model
	marks map[metadata.PartitionKey]metadata.Watermark
}

// NewNode returns a node before the first event.
func NewNode() *Node {
	return &Node{Model: New(MaxAnswers), marks: map[metadata.PartitionKey]metadata.Watermark{}}
}

// supported is the highest feature level that this build knows.
const supported = 1

// Write is what the node answers to a request.
func (n *Node) Write(s Step) metadata.Result {
	op, code := n.complete(s.Operation, s.ID)
	if code != metadata.CodeNone {
		return metadata.Result{Request: s.ID, Code: code, Revision: n.Revision}
	}
	return n.Apply(Request{
		ID: s.ID, FirstRevision: s.FirstRevision, TimestampMS: s.AtMS,
		Asked: asked(s.Operation), Operation: op,
	})
}

// complete resolves log starts (W3), and refuses what can't be proposed.
func (n *Node) complete(op metadata.BatchOperation, id metadata.RequestID) (metadata.BatchOperation, metadata.Code) {
	switch {
	case op.SetFeatureLevel != nil && op.SetFeatureLevel.Level > supported:
		return op, metadata.CodeUnsupportedVersion
	case op.AdvanceLogStart != nil:
		to := *op.AdvanceLogStart
		var code metadata.Code
		to.Offset, code = n.logStart(to, id)
		op.AdvanceLogStart = &to
		return op, code
	case op.Batch != nil:
		batch := metadata.BatchSpec{Preconditions: op.Batch.Preconditions}
		for _, inner := range op.Batch.Operations {
			if inner.AdvanceLogStart != nil {
				var code metadata.Code
				if inner, code = n.complete(inner, id); code != metadata.CodeNone {
					return op, code
				}
			}
			batch.Operations = append(batch.Operations, inner)
		}
		op.Batch = &batch
	}
	return op, metadata.CodeNone
}

// logStart is the first half of W3. What was answered before isn't looked at
// again.
func (n *Node) logStart(spec metadata.LogStartSpec, id metadata.RequestID) (int64, metadata.Code) {
	offsets, code := n.PartitionOffsets(spec.Topic, spec.Partition)
	if _, answered := n.answers.known[id]; answered || code != metadata.CodeNone {
		return spec.Offset, metadata.CodeNone
	}
	switch {
	case spec.Offset == -1 && !offsets.Known:
		return 0, metadata.CodeOffsetOutOfRange
	case spec.Offset == -1:
		return offsets.HighWatermark, metadata.CodeNone
	case offsets.Known && spec.Offset > offsets.HighWatermark:
		return 0, metadata.CodeOffsetOutOfRange
	}
	return spec.Offset, metadata.CodeNone
}

// SetHighWatermark is W1.
func (n *Node) SetHighWatermark(w metadata.Watermark) metadata.Code {
	if _, code := n.partitionByID(w.Topic, w.Partition); code != metadata.CodeNone {
		return code
	}
	if w.HighWatermark < 0 || w.LeaderEpoch < 0 {
		return metadata.CodeInvalidRequest
	}
	at := metadata.PartitionKey{Topic: w.Topic, Partition: w.Partition}
	old, known := n.marks[at]
	if !known || cmp.Or(cmp.Compare(w.LeaderEpoch, old.LeaderEpoch), cmp.Compare(w.HighWatermark, old.HighWatermark)) > 0 {
		n.marks[at] = w
	}
	return metadata.CodeNone
}

// Marks are the high watermarks that were set: what a node that has forgotten
// them is told again.
func (n *Node) Marks() []metadata.Watermark {
	var out []metadata.Watermark
	for at, w := range n.marks {
		if _, ok := n.partitions[at]; ok {
			out = append(out, w)
		}
	}
	return out
}

// PartitionOffsets is a partition's ends as the node knows them.
func (n *Node) PartitionOffsets(topic string, partition int32) (metadata.PartitionOffsets, metadata.Code) {
	at := n.at(topic, partition)
	p, ok := n.partitions[at]
	if !ok {
		return metadata.PartitionOffsets{}, metadata.CodeUnknownTopicOrPartition
	}
	out := metadata.PartitionOffsets{HighWatermark: p.HighWatermark, LogStartOffset: p.LogStartOffset, Known: p.HighWatermark > 0}
	set, told := n.marks[at]
	switch {
	case told && set.LeaderEpoch > p.HighWatermarkEpoch:
		out.HighWatermark, out.Known = set.HighWatermark, true
	case told && set.LeaderEpoch == p.HighWatermarkEpoch:
		out.HighWatermark, out.Known = max(set.HighWatermark, p.HighWatermark), true
	default:
		for k, s := range n.segments {
			if k.Topic == p.Topic && k.Partition == p.Index {
				out.HighWatermark, out.Known = max(out.HighWatermark, s.EndOffset+1), true
			}
		}
	}
	out.HighWatermark = max(out.HighWatermark, p.LogStartOffset)
	return out, metadata.CodeNone
}

// asked is what a caller asked for, without the ids it may leave to the store.
func asked(op metadata.BatchOperation) string {
	if op.CreateTopic != nil {
		spec := *op.CreateTopic
		spec.ID = metadata.TopicID{}
		op.CreateTopic = &spec
	}
	if op.Batch != nil {
		batch := metadata.BatchSpec{Preconditions: op.Batch.Preconditions}
		inner := make([]string, len(op.Batch.Operations))
		for i, o := range op.Batch.Operations {
			inner[i] = asked(o)
		}
		return show(batch) + show(inner)
	}
	return show(op)
}
