package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/chronik-stream/metalog/internal/nodes"
)

const devKeysHelp = "keys:  k kill leader   r restart node   p partition   h heal   s snapshot   q quit"

// press does what a key stands for; false: whoever pressed it wants to quit.
func (d *dev) press(key byte) bool {
	switch {
	case key == 'q' || key == 'Q':
		return false
	case key >= '1' && key <= '9':
		d.choose(int(key - '1'))
	case d.busy != "":
		d.screen.say("wait: " + d.busy)
	case key == 'k':
		d.kill()
	case key == 'r':
		d.restart()
	case key == 'p':
		d.part()
	case key == 'h':
		d.heal()
	case key == 's':
		d.snapshot()
	}
	return true
}

// job does one thing at a time beside run; what do returns is said, and if that went
// well run goes on with then.
func (d *dev) job(what string, do func() (said string, err error), then func()) {
	d.busy = what
	d.child(func() func() {
		said, err := do()
		return func() {
			d.busy = ""
			if err != nil {
				said = fmt.Sprintf("%s: %v", what, err)
			}
			d.screen.say(said)
			if err == nil {
				then()
			}
		}
	})
}

func (d *dev) choose(i int) {
	if all := d.cluster.Nodes(); i < len(all) {
		d.chosen = all[i].Name()
		d.screen.say(d.chosen + " is chosen: r restarts it")
	}
}

func (d *dev) leading() *nodes.Node {
	n := d.cluster.Node(d.leader)
	if n == nil || !n.Running() {
		d.screen.say("no leader is known right now")
		return nil
	}
	return n
}

func (d *dev) kill() {
	n := d.leading()
	if n == nil {
		return
	}
	host, plugins := n.PID(), strings.Trim(fmt.Sprint(n.PluginPIDs()), "[]")
	begin := time.Now()
	d.job(n.Name()+" is being killed", func() (string, error) {
		return fmt.Sprintf("killed %s, the leader: host %d and plugin %s. r starts it again", n.Name(), host, plugins), n.Kill(nodes.Both)
	}, func() { d.probe(begin, "after "+n.Name()+" was killed", n.Name()) })
}

// restart starts the node that was chosen, or else the first that doesn't run.
func (d *dev) restart() {
	n := d.cluster.Node(d.chosen)
	if down := d.down(); n == nil && len(down) > 0 {
		n = down[0]
	}
	if n == nil {
		d.screen.say("every node runs: choose one by its number, then r restarts it")
		return
	}
	d.chosen = ""
	begin := time.Now()
	d.job(n.Name()+" is being restarted", func() (string, error) {
		ctx, cancel := context.WithTimeout(d.ctx, devStopWait)
		defer cancel()
		stopped := n.Stop(ctx)
		if n.Running() { // d ends
			return "", stopped
		}
		return n.Name() + " was started again", errors.Join(stopped, n.Start())
	}, func() { d.waiting = waiting{begin, time.Now(), "after " + n.Name() + " was started again"} })
}

// part cuts the leader off from all others.
func (d *dev) part() {
	if d.parted != "" {
		d.screen.say(d.parted + " is cut off already: h heals that")
		return
	}
	if len(d.cluster.Nodes()) == 1 {
		d.screen.say("there is nobody to cut the one node off from")
		return
	}
	n := d.leading()
	if n == nil {
		return
	}
	var rest []string
	for _, o := range d.cluster.Nodes() {
		if o != n {
			rest = append(rest, o.Name())
		}
	}
	if err := d.cluster.Links().Partition([]string{n.Name()}, rest); err != nil {
		d.screen.say(fmt.Sprintf("%s can't be cut off: %v", n.Name(), err))
		return
	}
	d.parted = n.Name()
	d.screen.say(fmt.Sprintf("cut %s, the leader, off from the other nodes; its API can still be reached. h heals that", n.Name()))
	d.probe(time.Now(), "after "+n.Name()+" was cut off", n.Name())
}

func (d *dev) heal() {
	if d.parted == "" {
		d.screen.say("no node is cut off")
		return
	}
	d.cluster.Links().Heal()
	d.screen.say(d.parted + " reaches the other nodes again")
	d.waiting = waiting{time.Now(), time.Now(), "after " + d.parted + " was let in again"}
	d.parted = ""
}

func (d *dev) snapshot() {
	n := d.leading()
	if n == nil {
		return
	}
	d.job(n.Name()+" writes a snapshot", func() (string, error) {
		begin := time.Now()
		ctx, cancel := context.WithTimeout(d.ctx, compactWait)
		defer cancel()
		err := d.clients[n.Name()].Compact(ctx)
		return fmt.Sprintf("%s wrote a snapshot in %s", n.Name(), seconds(time.Since(begin))), err
	}, func() {})
}
