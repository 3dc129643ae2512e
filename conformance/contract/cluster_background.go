package contract

import (
	"context"
	"sync"
	"time"

	"github.com/chronik-stream/metalog/conformance/trial"
)

// background is what goes on beside the story, until the story rests. Its zero
// value is nothing.
type background struct {
	quit chan struct{} // closed at the end; nil: nothing goes on
	wg   sync.WaitGroup

	mu  sync.Mutex
	err error // of the first call that hung
}

// background repeats step at a pace. Whatever step answers, it goes on, unless a
// call of the backend hung.
func (c *cluster) background(step func(context.Context) error) {
	c.spawn(func(quit <-chan struct{}) error {
		pace := time.NewTicker(pause)
		defer pace.Stop()
		for {
			select {
			case <-quit:
				return nil
			case <-c.ctx.Done():
				return nil
			case <-pace.C:
			}
			ctx, cancel := c.within(c.ctx)
			err := step(ctx)
			cancel()
			if trial.IsHang(err) {
				return err
			}
		}
	})
}

// once does something beside the story that ends by itself.
func (c *cluster) once(do func() error) { c.spawn(func(<-chan struct{}) error { return do() }) }

func (c *cluster) spawn(do func(quit <-chan struct{}) error) {
	if c.err != nil {
		return
	}
	b := &c.beside
	if b.quit == nil {
		b.quit = make(chan struct{})
	}
	quit := b.quit
	b.wg.Go(func() {
		if err := do(quit); trial.IsHang(err) {
			b.hung(err)
		}
	})
}

func (b *background) hung(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == nil {
		b.err = err
	}
}

// rest ends what goes on beside the story, and waits for it.
func (c *cluster) rest() {
	b := &c.beside
	if b.quit == nil {
		return
	}
	close(b.quit)
	b.wg.Wait()
	b.quit = nil
	if b.err != nil {
		c.check(b.err)
	}
}
