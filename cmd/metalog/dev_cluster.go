package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/chronik-stream/metalog/client"
	"github.com/chronik-stream/metalog/internal/nodes"
)

const (
	devStartWait = time.Minute
	devStopWait  = 15 * time.Second // a node gives calls under way 10
	devLook      = 250 * time.Millisecond
	devAsk       = 500 * time.Millisecond // one node, which may be frozen
)

// dev is a development cluster as a person plays with it. One goroutine, run, has all
// that isn't said to be shared; jobs and probes are its children.
type dev struct {
	cluster *nodes.Cluster
	clients map[string]*client.Client // shared, by node
	screen  screen                    // shared
	log     *nodeLog                  // shared
	ctx     context.Context           // of the children

	work  sync.WaitGroup // the children
	done  chan func()    // what a child has run do when it is over
	busy  string         // what the one job is about; empty: there is none
	quiet func()         // ends the probe

	seen    []nodeSeen
	leader  string // as most nodes say
	parted  string // who is cut off
	chosen  string // to be restarted
	differs bool   // it has been said that digests differ
	waiting waiting
}

// waiting is for all nodes to have the same state.
type waiting struct {
	since time.Time // zero: nobody waits
	armed time.Time // a look before that may be of what was before
	what  string
}

// devCluster starts a cluster, runs it until ctx ends or q is pressed, and stops it.
func (c *cli) devCluster(ctx context.Context, cfg nodes.Config, begin time.Time) (err error) {
	screen, keys, restore, err := c.devTerminal(ctx)
	if err != nil {
		return err
	}
	defer restore()
	log := newNodeLog(screen)
	cfg.Output, cfg.Ended = log.line, log.ended
	cluster, err := nodes.Start(ctx, cfg)
	if err != nil {
		return devStartFailed(err)
	}
	d, err := newDev(ctx, cluster, screen, log)
	if err == nil {
		err = d.start(begin)
	}
	if err == nil {
		d.run(ctx, keys)
	}
	screen.stop()
	restore() // before anything that a second signal could cut short
	return errors.Join(err, d.close())
}

func devStartFailed(err error) error {
	if taken, ok := errors.AsType[*nodes.PortError](err); ok {
		return &failure{code: exitError, err: taken, next: "Stop what listens there, or choose other ports with --base-port"}
	}
	return &failure{code: exitError, err: err}
}

// newDev always returns one that can be closed.
func newDev(ctx context.Context, cluster *nodes.Cluster, screen screen, log *nodeLog) (*dev, error) {
	d := &dev{
		cluster: cluster, screen: screen, log: log, ctx: ctx, clients: map[string]*client.Client{},
		done: make(chan func()), quiet: func() {},
	}
	for _, n := range cluster.Nodes() {
		c, err := client.Dial(n.GRPC(), client.RetryFor(0))
		if err != nil {
			return d, err
		}
		d.clients[n.Name()] = c
	}
	return d, nil
}

// start waits until the cluster can be used. A ctx that ends first is no error.
func (d *dev) start(begin time.Time) error {
	d.screen.log(fmt.Sprintf("starting %d nodes", len(d.cluster.Nodes())))
	ctx, cancel := context.WithTimeout(d.ctx, devStartWait)
	defer cancel()
	if err := d.cluster.WaitReady(ctx); err != nil && d.ctx.Err() == nil {
		if ended, ok := errors.AsType[*nodes.EndedError](err); ok {
			err = fmt.Errorf("node %s can't start (%s): see what it said", ended.Node, ended.How)
		}
		return &failure{code: exitError, err: err}
	}
	ready := time.Since(begin)
	d.settle(ctx)
	if d.ctx.Err() == nil {
		d.screen.table(d.table())
		d.screen.say(fmt.Sprintf("ready in %s · %s", seconds(ready), agreementOf(d.seen)))
	}
	return nil
}

// settle gives followers the moment that they are behind.
func (d *dev) settle(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for !agreementOf(d.seen).whole() && ctx.Err() == nil {
		select {
		case <-ticker.C:
			d.saw(d.look(ctx))
		case <-ctx.Done():
		}
	}
}

// run does what keys say and shows what becomes of it, until ctx ends or somebody
// quits. When it returns, no child is left.
func (d *dev) run(ctx context.Context, keys <-chan byte) {
	ctx, stop := context.WithCancel(ctx)
	d.ctx = ctx
	looks := make(chan look)
	d.work.Go(func() { d.watch(ctx, looks) })
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case l := <-looks:
			d.saw(l)
			d.screen.table(d.table())
		case finish := <-d.done:
			finish()
			d.screen.table(d.table())
		case key, open := <-keys:
			if !open || !d.press(key) {
				stop()
			}
		}
	}
	stop()
	d.work.Wait()
}

// child runs do beside run, which afterwards calls what do returns.
func (d *dev) child(do func() (finish func())) {
	d.work.Go(func() {
		finish := do()
		select {
		case d.done <- finish:
		case <-d.ctx.Done():
		}
	})
}

// close stops the nodes, and says so.
func (d *dev) close() error {
	d.screen.log(fmt.Sprintf("stopping %d nodes", len(d.cluster.Nodes())))
	ctx, cancel := context.WithTimeout(context.Background(), devStopWait)
	defer cancel()
	d.log.hold()
	err := d.cluster.Close(ctx)
	if err != nil {
		d.log.release()
	}
	for _, c := range d.clients {
		err = errors.Join(err, c.Close())
	}
	return err
}

// down are the nodes that don't run.
func (d *dev) down() []*nodes.Node {
	return slices.DeleteFunc(d.cluster.Nodes(), (*nodes.Node).Running)
}

func seconds(t time.Duration) string {
	if t < time.Second {
		return fmt.Sprintf("%d ms", t.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", t.Seconds())
}
