package host

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/chronik-stream/metalog/sdk"
)

// The queue's bounds (R9), and those of one entry.
const (
	maxQueuedCalls = 8192
	maxQueuedBytes = 16 << 20
	maxEntryEvents = 1024

	// gatherYields is how often at most the proposer lets others run before it
	// takes what has gathered.
	gatherYields = 4
	// retryOverload is the hint to a caller that met a full queue.
	retryOverload = 100 * time.Millisecond
)

// queue holds calls until a proposer takes them, oldest first. Any goroutine
// may use it.
type queue struct {
	turn sync.Mutex    // held by the taker that gathers
	wake chan struct{} // 1: there may be calls

	mu     sync.Mutex
	calls  []*call
	bytes  int
	closed bool
}

func newQueue() *queue { return &queue{wake: make(chan struct{}, 1)} }

// push adds c at the end. The error says that c was refused and is an
// *sdk.Error with NotAppended.
func (q *queue) push(c *call) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return errStopping
	}
	if len(q.calls) >= maxQueuedCalls || q.bytes+len(c.data) > maxQueuedBytes && len(q.calls) > 0 {
		return &sdk.Error{
			Reason: sdk.ReasonOverloaded, Outcome: sdk.NotAppended, RetryAfter: retryOverload,
			Message: "too many writes wait for the backend already; try again in a moment",
		}
	}
	q.calls = append(q.calls, c)
	q.bytes += len(c.data)
	c.queued.Store(true)
	q.signal()
	return nil
}

// putBack returns calls that were taken to the front. They were admitted once,
// so the bounds don't count.
func (q *queue) putBack(calls []*call) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.calls = slices.Insert(q.calls, 0, calls...)
	for _, c := range calls {
		q.bytes += len(c.data)
		c.queued.Store(true)
	}
	q.signal()
}

// remove takes c out again and reports whether it was still there: then it is
// in no entry and never will be.
func (q *queue) remove(c *call) bool {
	if !c.queued.Load() {
		return false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.Index(q.calls, c)
	if i < 0 {
		return false
	}
	q.calls = slices.Delete(q.calls, i, i+1)
	q.drop(c)
	return true
}

// take waits for calls and returns those that fit into one entry; nil when ctx
// ends. It lets other goroutines run a few times, for as long as that brings
// more calls, and never waits for a timer: a lone writer isn't delayed.
func (q *queue) take(ctx context.Context) []*call {
	for {
		if calls := q.gather(ctx); len(calls) > 0 {
			return calls
		}
		select {
		case <-ctx.Done():
			return nil
		case <-q.wake:
		}
	}
}

func (q *queue) gather(ctx context.Context) []*call {
	q.turn.Lock()
	defer q.turn.Unlock()
	n := q.len()
	for range gatherYields {
		if n == 0 {
			return nil
		}
		runtime.Gosched()
		before := n
		if n = q.len(); n == before {
			break
		}
	}
	if ctx.Err() != nil {
		return nil
	}
	return q.cut()
}

// cut removes as many calls as one entry takes, at least one if there is one.
func (q *queue) cut() []*call {
	q.mu.Lock()
	defer q.mu.Unlock()
	n, size := 0, 0
	for n < len(q.calls) && n < maxEntryEvents {
		size += len(q.calls[n].data) + eventOverhead
		if n > 0 && size > maxEventBytes {
			break
		}
		n++
	}
	calls := slices.Clone(q.calls[:n])
	q.calls = slices.Delete(q.calls, 0, n)
	for _, c := range calls {
		q.drop(c)
	}
	if len(q.calls) > 0 {
		q.signal()
	}
	return calls
}

// close refuses every further push. What is queued stays, for whoever closed it
// to answer.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
}

func (q *queue) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.calls)
}

func (q *queue) drop(c *call) {
	q.bytes -= len(c.data)
	c.queued.Store(false)
}

func (q *queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}
