package conformance

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chronik-stream/metalog/conformance/history"
	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// clients write and read registers on every node, and take down what they saw and
// what the nodes applied. Each goroutine of theirs ends with end.
type clients struct {
	stores []*host.Store
	seed   uint64
	start  time.Time
	stop   context.CancelFunc // of the writers and readers
	unplug context.CancelFunc // of the taps
	load   sync.WaitGroup
	taps   sync.WaitGroup

	last atomic.Int64 // the newest value of any register; every write has its own

	mu         sync.Mutex
	changed    chan struct{} // closed, and replaced, by every note
	acks       int
	history    history.History
	operations []history.RegisterOp
	tapped     []uint64 // by node: how far its tap has come
	failed     error    // the first refusal that nobody expected
}

func newClients(stores []*host.Store, seed uint64) *clients {
	return &clients{stores: stores, seed: seed, start: time.Now(), changed: make(chan struct{}), tapped: make([]uint64, len(stores))}
}

// begin starts taps and clients. The taps are first, since what no tap has counts
// as lost.
func (c *clients) begin(ctx context.Context) {
	tapping, unplug := context.WithCancel(ctx)
	loading, stop := context.WithCancel(ctx)
	c.unplug, c.stop = unplug, stop
	for node, store := range c.stores {
		c.history.Taps = append(c.history.Taps, history.Tap{Node: nameOf(node), Life: 1, Begin: store.View().Revision()})
		c.tapped[node] = store.View().Revision()
		c.taps.Go(func() { c.tap(tapping, node, c.tapped[node]) })
	}
	for node := range c.stores {
		for i := range clientsPerNode {
			random := rand.New(rand.NewPCG(c.seed, uint64(node*clientsPerNode+i)))
			c.load.Go(func() { c.run(loading, node, random) })
		}
	}
}

func nameOf(node int) string { return "n" + strconv.Itoa(node+1) }

func (c *clients) run(ctx context.Context, node int, random *rand.Rand) {
	for ctx.Err() == nil {
		key := strconv.Itoa(random.IntN(registers))
		if random.IntN(3) == 0 {
			c.read(ctx, node, key)
		} else {
			c.write(ctx, node, key)
		}
	}
}

// write commits an offset that nobody else commits. Its request runs to its end,
// whatever becomes of the client.
func (c *clients) write(ctx context.Context, node int, key string) {
	value := c.last.Add(1)
	var id metadata.RequestID
	binary.BigEndian.PutUint64(id[8:], uint64(value))
	op := history.RegisterOp{Node: nameOf(node), Key: key, Write: true, Value: strconv.FormatInt(value, 10), Call: time.Since(c.start)}
	w := history.Write{ID: id.String(), Node: op.Node, Call: op.Call}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), operationTime)
	defer cancel()
	got, err := c.stores[node].CommitOffsets(ctx, metadata.OffsetsSpec{
		Group: key, Generation: metadata.NoGeneration,
		Offsets: []metadata.OffsetCommit{{Topic: registerTopic, Offset: value, LeaderEpoch: -1}},
	}, metadata.WithRequestID(id, 0))
	op.Return = time.Since(c.start)
	w.Return = op.Return
	switch {
	case err == nil && len(got.Failed) == 0:
		w.Outcome, w.Position = history.Acknowledged, got.Revision
	case errors.Is(err, sdk.ErrNotAppended):
		w.Outcome = history.NotAppended
	case err == nil:
		c.fail(fmt.Errorf("committing offset %d of group %s: %s", value, key, got.Failed[0].Code))
	}
	op.Outcome = w.Outcome
	c.note(func() {
		c.history.Writes, c.operations = append(c.history.Writes, w), append(c.operations, op)
		if w.Outcome == history.Acknowledged {
			c.acks++
		}
	})
}

func (c *clients) read(ctx context.Context, node int, key string) {
	op := history.RegisterOp{Node: nameOf(node), Key: key, Call: time.Since(c.start), Outcome: history.Acknowledged}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), operationTime)
	defer cancel()
	got, err := c.stores[node].FetchOffsets(ctx, metadata.OffsetsQuery{
		Group: key, Partitions: []metadata.TopicPartition{{Topic: registerTopic}},
	}, metadata.Linearizable())
	if err != nil {
		return // it says nothing
	}
	op.Return = time.Since(c.start)
	if value := got.Value[0].Offset; value != metadata.NoOffset {
		op.Value = strconv.FormatInt(value, 10)
	}
	r := history.Read{Node: op.Node, Call: op.Call, Return: op.Return, Linearizable: true, Position: got.Revision}
	c.note(func() { c.history.Reads, c.operations = append(c.history.Reads, r), append(c.operations, op) })
}

func (c *clients) note(do func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	do()
	close(c.changed)
	c.changed = make(chan struct{})
}

func (c *clients) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed == nil {
		c.failed = err
	}
}
