package faults

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/chronik-stream/metalog/conformance/history"
	"github.com/chronik-stream/metalog/metadata"
)

// look is a linearizable read of a register.
func (w *worker) look(ctx context.Context, key string) {
	r := w.load.drill.record
	read, value, ok := w.fetch(ctx, key, metadata.Linearizable())
	if !ok {
		return
	}
	read.Linearizable = true
	r.read(read, &history.RegisterOp{
		Node: read.Node, Key: key, Value: value, Call: read.Call, Return: read.Return, Outcome: history.Acknowledged,
	})
}

// glance is a local read, which only says how far the node is.
func (w *worker) glance(ctx context.Context, key string) {
	if read, _, ok := w.fetch(ctx, key); ok {
		w.load.drill.record.read(read, nil)
	}
}

// fetch reads once. It isn't ok if there was no answer, or if it can't be told which
// process of the node it came from.
func (w *worker) fetch(ctx context.Context, key string, opts ...metadata.ReadOption) (read history.Read, value string, ok bool) {
	d := w.load.drill
	node := d.seat(w.seat)
	life := d.life(node)
	read = history.Read{Node: fmt.Sprintf("%s/%d", node, life), Call: d.record.now()}
	ctx, cancel := context.WithTimeout(ctx, operationTime)
	defer cancel()
	c, err := w.to(node)
	if err != nil {
		d.record.fail(err)
		return read, "", false
	}
	got, err := c.FetchOffsets(ctx, metadata.OffsetsQuery{
		Group: key, Partitions: []metadata.TopicPartition{{Topic: registerTopic}},
	}, opts...)
	read.Return = d.record.now()
	if err != nil || d.life(node) != life {
		return read, "", false
	}
	read.Position = got.Revision
	if offset := got.Value[0].Offset; offset != metadata.NoOffset {
		value = strconv.FormatInt(offset, 10)
	}
	return read, value, true
}

// poll asks every tick until ask has no error, or ctx ends.
func poll(ctx context.Context, what string, ask func() error) error {
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		err := ask()
		if err == nil {
			return nil
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return fmt.Errorf("%s didn't come to pass: %w: %w", what, context.Cause(ctx), err)
		}
	}
}
