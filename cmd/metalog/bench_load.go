package main

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/chronik-stream/metalog/internal/workload"
	"github.com/chronik-stream/metalog/metadata"
)

// bencher measures one Store, on a topic of its own.
type bencher struct {
	cli     *cli
	md      metadata.Store
	topic   string
	id      metadata.TopicID
	padding string
	next    int64 // no two writes have the same number
}

// benchKey is a setting that nothing looks at.
const benchKey = "x.bench"

// beginBench makes the topic; finish must be called.
func (c *cli) beginBench(ctx context.Context, md metadata.Store, f benchFlags) (*bencher, error) {
	b := &bencher{cli: c, md: md, topic: "metalog-bench-" + uuid.NewString(), padding: strings.Repeat("x", f.payload)}
	ctx, cancel := context.WithTimeout(ctx, c.wait)
	defer cancel()
	made, err := md.CreateTopic(ctx, metadata.TopicSpec{Name: b.topic, Partitions: 1, ReplicationFactor: 1})
	b.id = made.ID
	return b, err
}

// finish deletes the topic, also after ctx has ended.
func (b *bencher) finish(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), b.cli.wait)
	defer cancel()
	_, err := b.md.DeleteTopic(ctx, metadata.TopicRef{ID: b.id})
	if err != nil {
		b.cli.note("warning: the topic %s is still there: metalog topic delete %s", b.topic, b.topic)
	}
	return err
}

// step is one measurement.
type step struct {
	operation string
	workers   int
	do        func(ctx context.Context, n int64) error
}

// all makes the measurements one after the other, with a bar.
func (b *bencher) all(ctx context.Context, f benchFlags) (results []measurement, err error) {
	var steps []step
	for _, n := range f.writers {
		steps = append(steps, step{"write", n, b.write})
	}
	if f.readers > 0 {
		steps = append(steps, step{"linearizable read", f.readers, b.read})
	}
	p := b.cli.startProgress(f.progress, "measurements", int64(len(steps)))
	defer p.stop()
	for _, s := range steps {
		p.now(strconv.Itoa(s.workers) + " × " + s.operation)
		r, err := b.measure(ctx, s, f.duration)
		if err != nil {
			return nil, err
		}
		results = append(results, measured(s.operation, s.workers, r))
		p.add(1)
	}
	return results, nil
}

// warming comes before what counts, at most.
const warming = 500 * time.Millisecond

func (b *bencher) measure(ctx context.Context, s step, d time.Duration) (workload.Result, error) {
	for _, counts := range []bool{false, true} {
		part := d
		if !counts {
			part = min(warming, d/4)
		}
		r, err := workload.Run(ctx, s.workers, part, b.next, func(ctx context.Context, n int64) error {
			ctx, cancel := context.WithTimeout(ctx, b.cli.wait)
			defer cancel()
			return s.do(ctx, n)
		})
		b.next += r.Count + int64(s.workers)
		if err != nil || counts {
			return r, err
		}
	}
	return workload.Result{}, nil
}

// write changes the topic's one setting, which leaves the state's size alone.
func (b *bencher) write(ctx context.Context, n int64) error {
	value := strconv.FormatInt(n, 10)
	if len(value) < len(b.padding) {
		value += b.padding[len(value):]
	}
	_, err := b.md.AlterConfigs(ctx, metadata.ConfigSpec{
		Resource: metadata.Resource{Type: metadata.ResourceTopic, Name: b.topic},
		Ops:      []metadata.ConfigOp{{Kind: metadata.ConfigSet, Key: benchKey, Value: &value}},
	})
	return err
}

func (b *bencher) read(ctx context.Context, _ int64) error {
	_, err := b.md.Leader(ctx, b.topic, 0, metadata.Linearizable())
	return err
}
