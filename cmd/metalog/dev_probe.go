package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/chronik-stream/metalog/client"
	"github.com/chronik-stream/metalog/metadata"
)

const (
	probePause    = 5 * time.Millisecond
	probePatience = 300 * time.Millisecond // one that went to whoever is gone is given up soon
	probeWorry    = 5 * time.Second
)

// probe writes until that is acknowledged by any node but one, and says how long after
// begin it was. It takes the place of the probe before it.
func (d *dev) probe(begin time.Time, what, but string) {
	d.quiet()
	ctx, cancel := context.WithCancel(d.ctx)
	d.quiet = cancel
	worry := time.AfterFunc(probeWorry, func() {
		d.screen.say(fmt.Sprintf("no write was acknowledged for %s %s: is there a majority?", seconds(probeWorry), what))
	})
	first := make(chan string, len(d.clients))
	var writers sync.WaitGroup
	for name, c := range d.clients {
		if name != but {
			writers.Go(func() { probeNode(ctx, c, name, first) })
		}
	}
	d.child(func() func() {
		defer worry.Stop()
		defer writers.Wait()
		defer cancel()
		select {
		case <-ctx.Done():
			return func() {}
		case name := <-first:
			took := time.Since(begin)
			return func() {
				d.screen.say(fmt.Sprintf("next acknowledged write %s %s (through %s)", seconds(took), what, name))
			}
		}
	})
}

// probeNode writes through one node until that is acknowledged or ctx ends.
func probeNode(ctx context.Context, c *client.Client, name string, acknowledged chan<- string) {
	ticker := time.NewTicker(probePause)
	defer ticker.Stop()
	for ctx.Err() == nil {
		if probeOnce(ctx, c) {
			acknowledged <- name // has room for each writer
			return
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
		}
	}
}

// probeOnce deletes a topic that there never was: the refusal comes back through the
// log like any answer, and leaves nothing but a revision.
func probeOnce(ctx context.Context, c *client.Client) bool {
	ctx, cancel := context.WithTimeout(ctx, probePatience)
	defer cancel()
	_, err := c.DeleteTopic(ctx, metadata.TopicRef{ID: metadata.TopicID(uuid.New())})
	return errors.Is(err, metadata.ErrNotFound)
}
