package main

import (
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/chronik-stream/metalog/internal/nodes"
)

// table is the nodes as they were seen last, a line each, and what there is to say
// of them all.
func (d *dev) table() []string {
	t := table.NewWriter()
	t.SetStyle(plainTable)
	t.AppendHeader(table.Row{"NODE", "ROLE", "GRPC", "HTTP", "PLUGIN PID", "REVISION", "APPLIED", "DIGEST", "STATE"})
	for _, s := range d.seen {
		t.AppendRow(d.row(s, d.cluster.Node(s.name)))
	}
	var lines []string
	for line := range strings.Lines(t.Render()) {
		lines = append(lines, strings.TrimRight(line, " \n"))
	}
	return lines
}

func (d *dev) row(s nodeSeen, n *nodes.Node) table.Row {
	row := table.Row{s.name, "", n.GRPC(), "http://" + n.HTTP()}
	if s.status == nil {
		return append(row, "", "", "", "", d.stateOf(s))
	}
	row[1] = s.status.GetRole()
	return append(row, s.status.GetPlugin().GetPid(), s.status.GetRevision(), s.status.GetAppliedIndex(),
		shortDigest(s.status.GetDigest()), d.stateOf(s))
}

func (d *dev) stateOf(s nodeSeen) string {
	state := s.status.GetState()
	switch {
	case !s.running:
		state = "down"
	case s.status == nil:
		state = "no answer"
	}
	if s.name == d.parted {
		state += ", cut off"
	}
	if s.name == d.chosen {
		state += ", chosen"
	}
	if s.status.GetReason() != "" {
		state = fmt.Sprintf("%s: %s", state, s.status.GetReason())
	}
	return state
}
