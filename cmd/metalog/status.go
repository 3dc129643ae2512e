package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
)

// statusView is a node's status as it is printed.
type statusView struct {
	Node         string            `json:"node"`
	Backend      string            `json:"backend"`
	Ready        bool              `json:"ready"`
	Role         string            `json:"role"`
	Leader       string            `json:"leader"`
	Revision     uint64            `json:"revision"`
	Digest       string            `json:"digest"`
	AppliedIndex uint64            `json:"applied_index"`
	CommitIndex  uint64            `json:"commit_index"`
	Plugin       pluginView        `json:"plugin"`
	Members      []memberView      `json:"members"`
	Cluster      string            `json:"cluster"`
	Version      string            `json:"version"`
	State        string            `json:"state"`
	Reason       string            `json:"reason"`
	FeatureLevel uint32            `json:"feature_level"`
	Counts       countsView        `json:"counts"`
	UptimeMS     int64             `json:"uptime_ms"`
	Details      map[string]string `json:"details"`
	moveView
}

type pluginView struct {
	PID      int64    `json:"pid"`
	State    string   `json:"state"`
	Version  string   `json:"version"`
	Restarts uint64   `json:"restarts"`
	Name     string   `json:"name"`
	SHA256   string   `json:"sha256"`
	Claims   []string `json:"claims"`
}

type memberView struct {
	Node        string `json:"node"`
	Address     string `json:"address"`
	Role        string `json:"role"`
	Leader      bool   `json:"leader"`
	MatchIndex  uint64 `json:"match_index"`
	LastContact string `json:"last_contact,omitempty"`
}

type countsView struct {
	Topics       uint64 `json:"topics"`
	Partitions   uint64 `json:"partitions"`
	Brokers      uint64 `json:"brokers"`
	Groups       uint64 `json:"groups"`
	Offsets      uint64 `json:"offsets"`
	Transactions uint64 `json:"transactions"`
	Segments     uint64 `json:"segments"`
}

func viewStatus(s *metalogv1.Status) statusView {
	p := s.GetPlugin()
	view := statusView{
		Node: s.GetNode(), Backend: s.GetBackend(), Ready: s.GetReady(), Role: s.GetRole(), Leader: s.GetLeader(),
		Revision: s.GetRevision(), Digest: s.GetDigest(), AppliedIndex: s.GetAppliedIndex(), CommitIndex: s.GetCommitIndex(),
		Plugin: pluginView{
			PID: p.GetPid(), State: p.GetState(), Version: p.GetVersion(), Restarts: p.GetRestarts(),
			Name: p.GetName(), SHA256: p.GetSha256(), Claims: append([]string{}, p.GetClaims()...),
		},
		Members: []memberView{},
		Cluster: s.GetCluster(), Version: s.GetVersion(), State: s.GetState(), Reason: s.GetReason(),
		FeatureLevel: s.GetFeatureLevel(), UptimeMS: s.GetUptimeMs(), Details: map[string]string{},
		Counts: statusCounts(s.GetCounts()), moveView: moveView{s.GetSealedTo(), s.GetImportingBytes()},
	}
	maps.Copy(view.Details, s.GetDetails())
	for _, m := range s.GetMembers() {
		view.Members = append(view.Members, viewMember(m))
	}
	return view
}

func statusCounts(c *metalogv1.Counts) countsView {
	return countsView{
		Topics: c.GetTopics(), Partitions: c.GetPartitions(), Brokers: c.GetBrokers(), Groups: c.GetGroups(),
		Offsets: c.GetOffsets(), Transactions: c.GetTransactions(), Segments: c.GetSegments(),
	}
}

func viewMember(m *metalogv1.Member) memberView {
	view := memberView{
		Node: m.GetNode(), Address: m.GetAddress(), Role: m.GetRole(), Leader: m.GetLeader(), MatchIndex: m.GetMatchIndex(),
	}
	if m.GetLastContactMs() > 0 {
		view.LastContact = clock(m.GetLastContactMs())
	}
	return view
}

// statusFlags are what of a status is wanted.
type statusFlags struct {
	node    bool // of the one node only
	watch   bool
	healthy bool // until it is
}

func (c *cli) statusCommand() *cobra.Command {
	var f statusFlags
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show how the cluster is",
		Long: `Show how the cluster is, from any of its nodes. HEALTHY: every member answers and
is ready, one leads, and all that have come equally far have the same digest.
DEGRADED: a majority of the voters is so. UNHEALTHY: not even that. The exit code is
6 unless it is HEALTHY.`,
		Example: `  metalog status --watch
  metalog status --watch --exit-when-healthy --timeout 1m
  metalog status --node -o json`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			show := c.clusterStatus
			if f.node {
				show = c.oneStatus
			}
			switch {
			case f.healthy:
				return c.untilHealthy(cmd.Context(), show)
			case f.watch:
				return c.watchStatus(cmd.Context(), show)
			}
			return c.withNode(cmd.Context(), show)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.node, "node", false, "of this node only, with all it knows")
	flags.BoolVarP(&f.watch, "watch", "w", false, "show it again every second")
	flags.BoolVarP(&f.healthy, "exit-when-healthy", "e", false, "show it every second until it is healthy, or --timeout is over (exit code 6)")
	return cmd
}

func (c *cli) oneStatus(ctx context.Context, n node) error {
	s, err := n.Status(ctx)
	if err != nil {
		return err
	}
	view := viewStatus(s)
	if err := c.show(view, func() { c.showStatus(view) }); err != nil {
		return err
	}
	if !view.Ready {
		return &failure{code: exitUnhealthy, err: fmt.Errorf("node %s isn't ready: %s", view.Node, why(view))}
	}
	return nil
}

func why(s statusView) string {
	if s.Reason == "" {
		return s.State
	}
	return s.State + ": " + s.Reason
}

func (c *cli) showStatus(s statusView) {
	rows := []table.Row{
		{"node", s.Node},
		{"cluster", s.Cluster},
		{"state", why(s)},
		{"backend", fmt.Sprintf("%s %s", s.Backend, s.Plugin.Version)},
		{"plugin", fmt.Sprintf("%s, pid %d, %d restarts", s.Plugin.State, s.Plugin.PID, s.Plugin.Restarts)},
		{"role", s.Role},
		{"leader", s.Leader},
		{"revision", s.Revision},
		{"commit index", s.CommitIndex},
		{"applied index", s.AppliedIndex},
		{"digest", s.Digest},
		{"holds", s.Counts.String()},
		{"uptime", (time.Duration(s.UptimeMS) * time.Millisecond).Round(time.Second)},
		{"version", s.Version},
	}
	rows = append(rows, s.rows()...)
	for _, key := range slices.Sorted(maps.Keys(s.Details)) {
		rows = append(rows, table.Row{key, s.Details[key]})
	}
	c.table(nil, rows)
	if len(s.Members) < 2 {
		return
	}
	c.line("")
	c.showMembers(s.Members)
}
