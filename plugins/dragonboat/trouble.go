package dragonboat

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/chronik-stream/metalog/internal/boltlog"
)

// fullAgain is how soon a write is tried again that the disk had no room for.
const fullAgain = 250 * time.Millisecond

// trouble stands between the library and a disk that fails: the library would end
// the process, and nobody would be told why. Its goroutine is held instead, so that
// nothing is promised that isn't stored, until the session is over and nothing
// leaves this node any more.
type trouble struct {
	ctx  context.Context // ends with the session
	end  func(error)     // ends the session
	full func(error)     // shows that the disk has no room; nil: it has
	log  *slog.Logger

	silent chan struct{} // closed when nothing leaves this node any more
	stuck  chan struct{} // closed when a goroutine of the library is held for good
	once   sync.Once     // closes stuck
}

func newTrouble(ctx context.Context, end, full func(error), log *slog.Logger) *trouble {
	return &trouble{ctx: ctx, end: end, full: full, log: log, silent: make(chan struct{}), stuck: make(chan struct{})}
}

// persist has write store something, and waits for room where the disk is full. It
// returns when it is stored, or when that doesn't matter any more.
func (t *trouble) persist(write func() error, unchanged func() bool) {
	for !t.over() {
		err := write()
		switch {
		case err == nil:
			t.full(nil)
			return
		case !boltlog.NoSpace(err) || !unchanged():
			t.end(&boltlog.BrokenDiskError{Err: err})
			<-t.silent
			return
		}
		t.full(fmt.Errorf("the disk is full, this node waits for some space: %w", err))
		again := time.NewTimer(fullAgain)
		select {
		case <-again.C:
		case <-t.ctx.Done():
			<-t.silent
		}
		again.Stop()
	}
}

// cannotGoOn ends the session for what the library has no answer to, and never
// returns: the process is about to end.
func (t *trouble) cannotGoOn(err error) {
	t.end(err)
	t.once.Do(func() { close(t.stuck) })
	select {}
}

// over reports whether nothing needs to be stored any more.
func (t *trouble) over() bool { return closed(t.silent) }

// isStuck reports whether the library can't be stopped.
func (t *trouble) isStuck() bool { return closed(t.stuck) }

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
