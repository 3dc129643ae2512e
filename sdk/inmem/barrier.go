package inmem

import (
	"context"
	"math"
	"slices"

	"github.com/chronik-stream/metalog/sdk"
)

// barrier waits until its node's host has everything up to index.
type barrier struct {
	index uint64
	done  chan error // 1
}

// unplaced is the index of a barrier that no leader has given one yet.
const unplaced = math.MaxUint64

// ReadBarrier waits until this node has been handed the log as it is now, or
// as it is when this node next reaches the leader: no node can have got more.
func (b *Backend) ReadBarrier(ctx context.Context) error {
	w, err := b.barrier()
	if err != nil {
		return err
	}
	select {
	case err := <-w.done:
		return err
	case <-ctx.Done():
		b.forget(w)
		return &sdk.Error{Reason: sdk.ReasonTimeout, Message: "read barrier", Err: ctx.Err()}
	}
}

func (b *Backend) barrier() (*barrier, error) {
	c := b.cluster
	c.mu.Lock()
	defer c.mu.Unlock()
	if b.phase != running || b.removed {
		return nil, c.mayPropose(b)
	}
	w := &barrier{index: unplaced, done: make(chan error, 1)}
	b.barriers = append(b.barriers, w)
	if b.follows {
		b.placeBarriers(c.log.last())
	}
	return w, nil
}

func (b *Backend) forget(w *barrier) {
	b.cluster.mu.Lock()
	defer b.cluster.mu.Unlock()
	b.barriers = slices.DeleteFunc(b.barriers, func(o *barrier) bool { return o == w })
}

// placeBarriers has those without an index wait for the log as it is now. The
// cluster's mu is held, as it is for the next two.
func (b *Backend) placeBarriers(last uint64) {
	for _, w := range b.barriers {
		if w.index == unplaced {
			w.index = last
		}
	}
	b.passBarriers()
}

func (b *Backend) passBarriers() {
	b.barriers = slices.DeleteFunc(b.barriers, func(w *barrier) bool {
		if w.index > b.delivered {
			return false
		}
		w.done <- nil
		return true
	})
}

// refuseBarriers ends those that a removed node can never place.
func (b *Backend) refuseBarriers() {
	b.barriers = slices.DeleteFunc(b.barriers, func(w *barrier) bool {
		if w.index != unplaced {
			return false
		}
		w.done <- b.cluster.mayPropose(b)
		return true
	})
}
