package faults

import (
	"errors"

	"github.com/chronik-stream/metalog/internal/links"
	"github.com/chronik-stream/metalog/internal/nodes"
)

// severing is a fault of the network, which healing heals as a whole.
func severing(cut func(*Drill, *nodes.Node) error) func(*Drill, *nodes.Node) (func() error, error) {
	return func(d *Drill, n *nodes.Node) (func() error, error) {
		return func() error { d.cluster.Links().Heal(); return nil }, cut(d, n)
	}
}

// alone cuts a node off from all the others.
func alone(d *Drill, n *nodes.Node) error {
	var rest []string
	for _, other := range d.others(n) {
		rest = append(rest, other.Name())
	}
	return d.cluster.Links().Partition([]string{n.Name()}, rest)
}

// unheard lets nothing out of a node, and deaf nothing in.
func unheard(d *Drill, n *nodes.Node) error { return d.cluster.Links().Cut(n.Name(), links.Anyone) }
func deaf(d *Drill, n *nodes.Node) error    { return d.cluster.Links().Cut(links.Anyone, n.Name()) }

// bridged cuts a node off from one of the others, so that the third is the only one
// that reaches all.
func bridged(d *Drill, n *nodes.Node) error {
	rest := d.others(n)
	other := rest[d.random.IntN(len(rest))].Name()
	return errors.Join(d.cluster.Links().Cut(n.Name(), other), d.cluster.Links().Cut(other, n.Name()))
}

// ring lets each node reach only the next one, and be reached only by the one before:
// nobody gets an answer.
func ring(d *Drill, _ *nodes.Node) error {
	var err error
	for i := range clusterSize {
		err = errors.Join(err, d.cluster.Links().Cut(d.seat(i+1), d.seat(i)))
	}
	return err
}
