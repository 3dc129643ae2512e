package faults

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

	"github.com/chronik-stream/metalog/client"
	"github.com/chronik-stream/metalog/metadata"
)

const registerTopic = "registers"

// load is the clients, each a goroutine that ends with stop.
type load struct {
	drill   *Drill
	stop    context.CancelFunc
	workers sync.WaitGroup
	values  atomic.Int64 // the newest of any register; every write has its own
}

func (d *Drill) startLoad(ctx context.Context) *load {
	ctx, stop := context.WithCancel(ctx)
	l := &load{drill: d, stop: stop}
	for i := range clusterSize * clientsPerNode {
		w := &worker{
			load: l, seat: i % clusterSize, number: i,
			random: rand.New(rand.NewPCG(d.cfg.Seed, uint64(i))), clients: map[string]*client.Client{},
		}
		l.workers.Go(func() { w.run(ctx) })
	}
	return l
}

// end lets every client finish what it is at.
func (l *load) end() {
	l.stop()
	l.workers.Wait()
}

// worker is one client, which asks the node on one seat, and writes again through
// others what that one can't tell of. One goroutine uses it.
type worker struct {
	load    *load
	seat    int
	number  int
	random  *rand.Rand
	clients map[string]*client.Client
	ids     uint64
	id      metadata.RequestID // the newest
}

func (w *worker) run(ctx context.Context) {
	defer w.close()
	pace := time.NewTicker(w.load.drill.cfg.Pace)
	defer pace.Stop()
	for {
		select {
		case <-pace.C:
		case <-ctx.Done():
			return
		}
		w.act(context.WithoutCancel(ctx))
	}
}

// act does one thing to its end, whatever becomes of the load.
func (w *worker) act(ctx context.Context) {
	key := "g" + strconv.Itoa(w.random.IntN(registers))
	switch w.random.IntN(6) {
	case 0, 1:
		w.createTopic(ctx)
	case 2, 3:
		w.commit(ctx, key)
	case 4:
		w.look(ctx, key)
	case 5:
		w.glance(ctx, key)
	}
}

// to is a client of a node. Its requests have this worker's ids.
func (w *worker) to(node string) (*client.Client, error) {
	if c := w.clients[node]; c != nil {
		return c, nil
	}
	c, err := client.Dial(w.load.drill.address(node), client.RetryFor(retryFor), client.WithIDs(w.newID))
	if err == nil {
		w.clients[node] = c
	}
	return c, err
}

func (w *worker) newID() metadata.RequestID {
	w.ids++
	var id metadata.RequestID
	binary.BigEndian.PutUint64(id[:], uint64(w.number+1)<<32|w.load.drill.cfg.Seed&0xffff_ffff)
	binary.BigEndian.PutUint64(id[8:], w.ids)
	w.id = id
	return id
}

func (w *worker) close() {
	var errs []error
	for _, c := range w.clients {
		errs = append(errs, c.Close())
	}
	if err := errors.Join(errs...); err != nil {
		w.load.drill.record.fail(fmt.Errorf("closing a client: %w", err))
	}
}
