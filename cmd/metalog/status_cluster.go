package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/sdk"
)

// clusterStatusView is a cluster's status as it is printed.
type clusterStatusView struct {
	Cluster  string            `json:"cluster"`
	Health   string            `json:"health"`
	Leader   string            `json:"leader"`
	Answered string            `json:"answered"` // who was asked
	Nodes    []clusterNodeView `json:"nodes"`
	Problems []string          `json:"problems"`
}

// clusterNodeView is one member. Of one that doesn't answer there is only what
// others know.
type clusterNodeView struct {
	Node        string      `json:"node"`
	Role        string      `json:"role"`
	Voter       bool        `json:"voter"`
	Reachable   bool        `json:"reachable"`
	Unreachable string      `json:"unreachable,omitempty"`
	Trails      *uint64     `json:"trails_leader_by"` // null: not known
	Status      *statusView `json:"status,omitempty"`
}

func viewClusterStatus(r *metalogv1.GetClusterStatusResponse) clusterStatusView {
	view := clusterStatusView{Answered: r.GetAnswered(), Nodes: []clusterNodeView{}, Problems: []string{}}
	for _, n := range r.GetNodes() {
		m := n.GetMember()
		row := clusterNodeView{
			Node: m.GetNode(), Role: m.GetRole(), Unreachable: n.GetUnreachable(), Reachable: n.GetStatus() != nil,
			Voter: m.GetRole() != sdk.RoleLearner.String(),
		}
		if n.GetStatus() != nil {
			status := viewStatus(n.GetStatus())
			row.Status, row.Role = &status, status.Role
			if row.Node == view.Answered {
				view.Cluster, view.Leader = status.Cluster, status.Leader
			}
		}
		view.Nodes = append(view.Nodes, row)
	}
	view.measure()
	view.judge()
	return view
}

// measure says how far each node is behind the leader in what hosts are given: the
// commit index counts what only the backend is.
func (v *clusterStatusView) measure() {
	leader := slices.IndexFunc(v.Nodes, func(n clusterNodeView) bool { return n.Status != nil && n.Node == v.Leader })
	if leader < 0 {
		return
	}
	applied := v.Nodes[leader].Status.AppliedIndex
	for i, n := range v.Nodes {
		if n.Status != nil {
			trails := applied - min(applied, n.Status.AppliedIndex)
			v.Nodes[i].Trails = &trails
		}
	}
}

// What a cluster as a whole may be.
const (
	healthy   = "HEALTHY"
	degraded  = "DEGRADED"
	unhealthy = "UNHEALTHY"
)

func (v *clusterStatusView) judge() {
	voters, well := 0, 0
	for _, n := range v.Nodes {
		problem := n.problem()
		if problem != "" {
			v.Problems = append(v.Problems, n.Node+": "+problem)
		}
		if n.Voter {
			voters++
			if problem == "" {
				well++
			}
		}
	}
	v.Problems = append(v.Problems, v.sealed()...)
	v.Problems = append(v.Problems, v.leaders()...)
	diverged := v.diverged()
	v.Problems = append(v.Problems, diverged...)
	switch {
	case len(diverged) > 0, 2*well <= voters:
		v.Health = unhealthy
	case len(v.Problems) > 0:
		v.Health = degraded
	default:
		v.Health = healthy
	}
}

func (n clusterNodeView) problem() string {
	switch {
	case n.Status == nil:
		return "unreachable: " + n.Unreachable
	case !n.Status.Ready || n.Status.Reason != "" && !n.justSealed():
		return why(*n.Status)
	case n.Status.Leader == "" && slices.Contains(n.Status.Plugin.Claims, string(sdk.Replicated)):
		return "knows no leader"
	}
	return ""
}

// justSealed reports whether nothing is wrong with a node but that its whole
// cluster is sealed.
func (n clusterNodeView) justSealed() bool {
	return n.Status.SealedTo != "" && strings.HasPrefix(n.Status.Reason, "sealed: ")
}

// sealed says once where the state has moved to.
func (v *clusterStatusView) sealed() (problems []string) {
	targets := map[string]bool{}
	for _, n := range v.Nodes {
		if n.Status != nil && n.Status.SealedTo != "" {
			targets[n.Status.SealedTo] = true
		}
	}
	for _, target := range slices.Sorted(maps.Keys(targets)) {
		problems = append(problems, "SEALED: the cluster's state has moved to "+target+", and writes are refused")
	}
	return problems
}

// leaders holds what the nodes that are well say of their leader against each other.
// One that isn't may go on naming the leader it had.
func (v *clusterStatusView) leaders() (problems []string) {
	named := map[string]bool{}
	for _, n := range v.Nodes {
		if n.problem() == "" {
			named[n.Status.Leader] = true
		}
	}
	if len(named) > 1 {
		problems = append(problems, "nodes name different leaders: "+strings.Join(slices.Sorted(maps.Keys(named)), ", "))
	}
	return problems
}

// diverged compares what can be compared: digests at the same revision.
func (v *clusterStatusView) diverged() (problems []string) {
	first := map[uint64]clusterNodeView{}
	for _, n := range v.Nodes {
		if n.Status == nil {
			continue
		}
		other, seen := first[n.Status.Revision]
		switch {
		case !seen:
			first[n.Status.Revision] = n
		case other.Status.Digest != n.Status.Digest:
			problems = append(problems, fmt.Sprintf("DIVERGED: %s and %s have different states at revision %d", other.Node, n.Node, n.Status.Revision))
		}
	}
	return problems
}

func (c *cli) clusterStatus(ctx context.Context, n node) error {
	r, err := n.ClusterStatus(ctx)
	if err != nil {
		return err
	}
	view := viewClusterStatus(r)
	if err := c.show(view, func() { c.showCluster(view) }); err != nil {
		return err
	}
	if view.Health != healthy {
		return &failure{code: exitUnhealthy, err: fmt.Errorf("the cluster is %s", view.Health)}
	}
	return nil
}

func (c *cli) showCluster(v clusterStatusView) {
	c.line("%s", v.heading())
	rows := make([]table.Row, 0, len(v.Nodes))
	for _, n := range v.Nodes {
		rows = append(rows, n.row())
	}
	c.table(table.Row{
		"NODE", "ROLE", "STATE", "COMMIT", "APPLIED", "TRAILS LEADER BY", "REVISION", "DIGEST", "SNAPSHOT", "PLUGIN", "UPTIME",
	}, rows)
	for _, p := range v.Problems {
		c.line("%s", p)
	}
}

// heading says of the backend what the node that was asked knows.
func (v clusterStatusView) heading() string {
	backend, term := "", ""
	for _, n := range v.Nodes {
		if n.Node == v.Answered && n.Status != nil {
			backend = fmt.Sprintf("%s %s", n.Status.Backend, n.Status.Plugin.Version)
			term = n.Status.Details["term"]
		}
	}
	leader := v.Leader
	switch {
	case leader == "":
		leader = "none"
	case term != "":
		leader = fmt.Sprintf("%s (term %s)", leader, term)
	}
	return fmt.Sprintf("CLUSTER %s   BACKEND %s   LEADER %s   %s", v.Cluster, backend, leader, v.Health)
}

func (n clusterNodeView) row() table.Row {
	if n.Status == nil {
		return table.Row{n.Node, n.Role, "unreachable", "-", "-", "-", "-", "-", "-", "-", "-"}
	}
	s := n.Status
	snapshot := s.Details["snapshot_index"]
	if snapshot == "" {
		snapshot = "-"
	}
	trails := "-"
	if n.Trails != nil {
		trails = strconv.FormatUint(*n.Trails, 10)
	}
	return table.Row{
		n.Node, n.Role, s.State, s.CommitIndex, s.AppliedIndex, trails, s.Revision, shortDigest(s.Digest),
		snapshot, fmt.Sprintf("%s %d", s.Plugin.State, s.Plugin.PID), (time.Duration(s.UptimeMS) * time.Millisecond).Round(time.Second),
	}
}
