package faults

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/chronik-stream/metalog/client"
	"github.com/chronik-stream/metalog/conformance/history"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// request is a write through one client: the same one each time that it is called.
type request func(context.Context, *client.Client, ...metadata.WriteOption) (metadata.Written, error)

func (w *worker) createTopic(ctx context.Context) {
	name := fmt.Sprintf("t-%d-%d", w.number, w.ids+1)
	w.write(ctx, written{topic: name}, nil, creation(name))
}

func creation(name string) request {
	return func(ctx context.Context, c *client.Client, opts ...metadata.WriteOption) (metadata.Written, error) {
		got, err := c.CreateTopic(ctx, metadata.TopicSpec{Name: name, Partitions: 1, ReplicationFactor: 1}, opts...)
		return got.Written, err
	}
}

// commit commits an offset that nobody else commits.
func (w *worker) commit(ctx context.Context, key string) {
	value := w.load.values.Add(1)
	op := &history.RegisterOp{Key: key, Write: true, Value: strconv.FormatInt(value, 10)}
	w.write(ctx, written{}, op, func(ctx context.Context, c *client.Client, opts ...metadata.WriteOption) (metadata.Written, error) {
		got, err := c.CommitOffsets(ctx, metadata.OffsetsSpec{
			Group: key, Generation: metadata.NoGeneration,
			Offsets: []metadata.OffsetCommit{{Topic: registerTopic, Offset: value, LeaderEpoch: -1}},
		}, opts...)
		if err == nil && len(got.Failed) > 0 {
			err = fmt.Errorf("the offset was refused: %s", got.Failed[0].Code)
		}
		return got.Written, err
	})
}

// write makes a write and notes what became of it: acknowledged, not appended, or
// unknown, after every repetition that its client and the other nodes allow.
func (w *worker) write(ctx context.Context, mine written, op *history.RegisterOp, do request) {
	r, node := w.load.drill.record, w.load.drill.seat(w.seat)
	note := history.Write{Node: node, Call: r.now()}
	got, err := w.try(ctx, node, do)
	if unknown, ok := errors.AsType[*client.UnknownOutcome](err); ok {
		mine.first = unknown.FirstRevision
		got, err = w.repeat(ctx, do, unknown)
	}
	note.Return, note.ID, mine.id = r.now(), w.id.String(), w.id
	switch {
	case err == nil:
		note.Outcome, note.Position = history.Acknowledged, got.Revision
	case errors.Is(err, sdk.ErrOutcomeUnknown):
	case errors.Is(err, sdk.ErrNotAppended):
		note.Outcome = history.NotAppended
	default:
		r.fail(fmt.Errorf("a write through %s that nothing speaks against was refused: %w", node, err))
	}
	if op != nil {
		op.Node, op.Call, op.Return, op.Outcome = node, note.Call, note.Return, note.Outcome
	}
	r.write(note, mine, op)
}

func (w *worker) try(ctx context.Context, node string, do request, opts ...metadata.WriteOption) (metadata.Written, error) {
	ctx, cancel := context.WithTimeout(ctx, operationTime)
	defer cancel()
	c, err := w.to(node)
	if err != nil {
		return metadata.Written{}, err
	}
	return do(ctx, c, opts...)
}

// repeat asks other nodes with the same id, until one has an answer. What they
// couldn't tell, or didn't append, leaves the outcome open.
func (w *worker) repeat(ctx context.Context, do request, unknown *client.UnknownOutcome) (metadata.Written, error) {
	for i := range repetitions {
		got, err := w.try(ctx, w.load.drill.seat(w.seat+i+1), do, metadata.WithRequestID(unknown.RequestID, unknown.FirstRevision))
		if !errors.Is(err, sdk.ErrOutcomeUnknown) && !errors.Is(err, sdk.ErrNotAppended) {
			return got, err
		}
	}
	return metadata.Written{}, unknown
}
