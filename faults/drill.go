package faults

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"time"

	"github.com/chronik-stream/metalog/client"
	"github.com/chronik-stream/metalog/internal/nodes"
	"github.com/chronik-stream/metalog/metadata"
)

// Drill is a scenario while it is played: a cluster, the clients that load it, and
// what is recorded of them. The scenario's goroutine breaks and heals; the clients'
// and the taps' ask only where nodes are.
type Drill struct {
	cfg     Config
	ctx     context.Context // of the play
	cluster *nodes.Cluster
	record  *record
	journal *journal
	random  *rand.Rand // of the scenario's goroutine
	load    *load
	taps    *taps
	gaps    []Gap
	foreign map[string]bool // requests that aren't clients'
	clients map[string]*client.Client

	mu    sync.Mutex
	seats []string // who sits where: a member that is replaced gives its seat away
	lives map[string]int
}

// openDrill starts a cluster, and returns when it serves.
func openDrill(ctx context.Context, cfg Config, s Scenario) (*Drill, error) {
	d := &Drill{
		cfg: cfg, ctx: ctx, record: newRecord(), random: rand.New(rand.NewPCG(cfg.Seed, 0)),
		foreign: map[string]bool{}, lives: map[string]int{}, clients: map[string]*client.Client{},
	}
	var err error
	if d.journal, err = openJournal(cfg.Dir, cfg.Log); err != nil {
		return nil, err
	}
	d.cluster, err = nodes.Start(ctx, nodes.Config{
		Executable: cfg.Executable, Dir: filepath.Join(cfg.Dir, "data"), Nodes: clusterSize,
		Backend: cfg.Backend, Identity: cfg.Identity, Options: s.Options, ClusterID: "faults",
		Output: d.journal.node, Ended: func(node, how string) { d.journal.node(node, "ended: "+how) },
	})
	if err != nil {
		return nil, errors.Join(err, d.journal.close())
	}
	for _, n := range d.cluster.Nodes() {
		d.seats = append(d.seats, n.Name())
		err = errors.Join(err, d.meet(n))
	}
	if err == nil {
		err = d.begin()
	}
	if err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

// begin makes what the clients need, and starts taps and clients. The taps are
// first, since what no tap has counts as lost.
func (d *Drill) begin() error {
	if err := d.ready(); err != nil {
		return err
	}
	ctx, cancel := d.patience()
	defer cancel()
	made, err := d.client(d.seat(0)).CreateTopic(ctx, metadata.TopicSpec{Name: registerTopic, Partitions: 1, ReplicationFactor: 1})
	if err != nil {
		return err
	}
	d.foreign[made.RequestID.String()] = true
	d.taps = d.newTaps()
	for i := range clusterSize {
		d.taps.plug(d.seat(i))
	}
	d.load = d.startLoad(d.ctx)
	return nil
}

// close ends whatever is left of the play. It may be called twice.
func (d *Drill) close() error {
	if d.load != nil {
		d.load.end()
	}
	if d.taps != nil {
		d.taps.end()
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(d.ctx), stopping)
	defer cancel()
	d.cluster.Links().Heal()
	err := d.cluster.Close(ctx)
	for _, c := range d.clients {
		err = errors.Join(err, c.Close())
	}
	return errors.Join(err, d.journal.close())
}

func (d *Drill) patience() (context.Context, context.CancelFunc) {
	return context.WithTimeout(d.ctx, patience)
}

func (d *Drill) say(format string, args ...any) { d.journal.say(fmt.Sprintf(format, args...)) }

// seat is who sits there now; seats go round.
func (d *Drill) seat(i int) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.seats[i%len(d.seats)]
}

// members are those who have a seat.
func (d *Drill) members() []*nodes.Node {
	all := make([]*nodes.Node, clusterSize)
	for i := range all {
		all[i] = d.cluster.Node(d.seat(i))
	}
	return all
}

func (d *Drill) address(node string) string { return d.cluster.Node(node).GRPC() }

// life counts the processes that a node's host has been.
func (d *Drill) life(node string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.lives[node]
}

// start starts a node that isn't running.
func (d *Drill) start(n *nodes.Node) error {
	if n.Running() {
		return nil
	}
	d.mu.Lock()
	d.lives[n.Name()]++
	d.mu.Unlock()
	return n.Start()
}

// meet makes the drill's own client of a node.
func (d *Drill) meet(n *nodes.Node) error {
	c, err := client.Dial(n.GRPC())
	if err == nil {
		d.clients[n.Name()] = c
	}
	return err
}

// client is the drill's own of a node that was met. The scenario's goroutine uses it.
func (d *Drill) client(node string) *client.Client { return d.clients[node] }

// hold lets things be as they are for a time.
func (d *Drill) hold(length time.Duration) error {
	ctx, cancel := context.WithTimeout(d.ctx, length)
	defer cancel()
	err := d.record.await(ctx, "", func() bool { return false }) // only a failure ends it early
	if errors.Is(err, context.DeadlineExceeded) && d.ctx.Err() == nil {
		return nil
	}
	return err
}
