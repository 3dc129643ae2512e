package main

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
)

// member is a node of a cluster that n1 leads, as it is when all is well.
func member(name string) *metalogv1.NodeStatus {
	role := "follower"
	if name == "n1" {
		role = "leader"
	}
	return &metalogv1.NodeStatus{
		Member: &metalogv1.Member{Node: name, Role: "voter", Leader: name == "n1"},
		Status: &metalogv1.Status{
			Node: name, Cluster: "c", Backend: "hashiraft", State: "ready", Ready: true, Role: role, Leader: "n1",
			Revision: 7, Digest: "abcd", AppliedIndex: 9, Plugin: &metalogv1.Plugin{Claims: []string{"durable", "replicated"}},
		},
	}
}

func away(n *metalogv1.NodeStatus) { n.Status, n.Unreachable = nil, "no answer" }

func TestHealthOfACluster(t *testing.T) {
	for name, is := range map[string]struct {
		change  func(n []*metalogv1.NodeStatus)
		health  string
		problem string
	}{
		"well":                {func([]*metalogv1.NodeStatus) {}, healthy, ""},
		"one behind":          {func(n []*metalogv1.NodeStatus) { n[1].Status.Revision, n[1].Status.Digest = 6, "old" }, healthy, ""},
		"one away":            {func(n []*metalogv1.NodeStatus) { away(n[2]) }, degraded, "n3: unreachable: no answer"},
		"one unwell":          {func(n []*metalogv1.NodeStatus) { n[1].Status.Reason = "the disk is full" }, degraded, "n2: ready: the disk is full"},
		"two away":            {func(n []*metalogv1.NodeStatus) { away(n[1]); away(n[2]) }, unhealthy, "n2: unreachable"},
		"one knows no leader": {func(n []*metalogv1.NodeStatus) { n[1].Status.Leader = "" }, degraded, "n2: knows no leader"},
		"nobody leads": {func(n []*metalogv1.NodeStatus) {
			for _, one := range n {
				one.Status.Leader = ""
			}
		}, unhealthy, "n1: knows no leader"},
		"two leaders": {func(n []*metalogv1.NodeStatus) { n[1].Status.Leader = "n2" }, degraded, "nodes name different leaders: n1, n2"},
		"a quarantined one that names an old leader": {func(n []*metalogv1.NodeStatus) {
			n[2].Status.State, n[2].Status.Ready, n[2].Status.Leader = "quarantined", false, "n2"
		}, degraded, "n3: quarantined"},
		"different states":  {func(n []*metalogv1.NodeStatus) { n[2].Status.Digest = "other" }, unhealthy, "DIVERGED: n1 and n3 have different states at revision 7"},
		"a quarantined one": {func(n []*metalogv1.NodeStatus) { n[2].Status.State, n[2].Status.Ready = "quarantined", false }, degraded, "n3: quarantined"},
		"a sealed cluster": {func(n []*metalogv1.NodeStatus) {
			for _, one := range n {
				one.Status.State, one.Status.SealedTo, one.Status.Reason = "degraded", "b", "sealed: its state has moved to b"
			}
		}, degraded, "SEALED: the cluster's state has moved to b"},
		"a sealed one that is ill": {func(n []*metalogv1.NodeStatus) {
			n[0].Status.SealedTo, n[0].Status.Reason = "b", "the disk is full"
		}, degraded, "n1: ready: the disk is full"},
		"one imports": {func(n []*metalogv1.NodeStatus) {
			n[2].Status.Ready, n[2].Status.Reason, n[2].Status.ImportingBytes = false, "importing", 7
		}, degraded, "n3: ready: importing"},
		"a learner away": {func(n []*metalogv1.NodeStatus) {
			n[1].Member.Role, n[2].Member.Role = "learner", "learner"
			away(n[1])
			away(n[2])
		}, degraded, "n2: unreachable"},
	} {
		t.Run(name, func(t *testing.T) {
			nodes := []*metalogv1.NodeStatus{member("n1"), member("n2"), member("n3")}
			is.change(nodes)
			view := viewClusterStatus(&metalogv1.GetClusterStatusResponse{Nodes: nodes, Answered: "n1"})
			require.Equal(t, is.health, view.Health)
			if is.problem == "" {
				require.Empty(t, view.Problems)
			} else {
				require.Contains(t, view.Problems[0], is.problem)
			}
		})
	}
}

// One node whose backend has no leader is a cluster, too.
func TestHealthOfASingleNode(t *testing.T) {
	n := member("n1")
	n.Status.Leader, n.Status.Plugin.Claims = "", []string{"durable"}
	view := viewClusterStatus(&metalogv1.GetClusterStatusResponse{Nodes: []*metalogv1.NodeStatus{n}, Answered: "n1"})
	require.Equal(t, healthy, view.Health)
	require.Nil(t, view.Nodes[0].Trails, "nobody leads")
}

func TestTrails(t *testing.T) {
	nodes := []*metalogv1.NodeStatus{member("n1"), member("n2"), member("n3")}
	nodes[1].Status.AppliedIndex, nodes[2].Status.AppliedIndex = 4, 11 // that one has been asked later
	view := viewClusterStatus(&metalogv1.GetClusterStatusResponse{Nodes: nodes, Answered: "n2"})
	require.Equal(t, []uint64{0, 5, 0}, []uint64{*view.Nodes[0].Trails, *view.Nodes[1].Trails, *view.Nodes[2].Trails})
}

// Until it is healthy, or the time is over: an answer that never comes isn't good
// news.
func TestUntilHealthy(t *testing.T) {
	sick := errors.New("sick")
	for name, is := range map[string]struct {
		show func(ctx context.Context, look int) error
		says string // empty: it was healthy
	}{
		"at once":    {func(context.Context, int) error { return nil }, ""},
		"in a while": {func(_ context.Context, look int) error { return map[bool]error{true: sick}[look < 3] }, ""},
		"never":      {func(context.Context, int) error { return sick }, "not healthy within 10s: sick"},
		"no answer": {func(ctx context.Context, _ int) error {
			<-ctx.Done()
			return ctx.Err()
		}, "not healthy within 10s: no answer"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := &cli{out: &bytes.Buffer{}, err: &bytes.Buffer{}, addr: "127.0.0.1:1", wait: 10 * time.Second}
				look := 0
				err := c.untilHealthy(t.Context(), func(ctx context.Context, _ node) error {
					look++
					return is.show(ctx, look)
				})
				if is.says == "" {
					require.NoError(t, err)
					return
				}
				var f *failure
				require.ErrorAs(t, err, &f)
				require.Equal(t, exitUnhealthy, f.code)
				require.ErrorContains(t, err, is.says)
			})
		})
	}
}
