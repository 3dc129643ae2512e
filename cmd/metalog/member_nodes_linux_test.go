package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Four real nodes: one comes as a learner and is promoted, the one that leads leaves,
// and the leadership goes where it is told to.
func TestClusterChangesItsMembers(t *testing.T) {
	c := startCluster(t, 3)
	writeVia(t, c.Node("n2"), "before")
	n4, err := c.Join("n4")
	require.NoError(t, err)
	at := c.Node("n2").GRPC()
	member := func(args ...string) (stdout, stderr string) {
		t.Helper()
		code, stdout, stderr := runAt(t, at, append(args, "--timeout", startWait.String())...)
		require.Equal(t, exitOK, code, "%v: %s", args, stderr)
		return stdout, stderr
	}

	_, next := member("member", "add", "n4", n4.Peer(), "--learner", "--expect", "n1,n2,n3")
	require.Contains(t, next, "metalog init --join --backend hashiraft --node-id n4 --cluster-id dev --address "+n4.Peer()+
		" --peers "+strings.Join([]string{"n1=" + c.Node("n1").Peer(), "n2=" + c.Node("n2").Peer(), "n3=" + c.Node("n3").Peer()}, ","))
	require.NoError(t, n4.Start())
	require.NoError(t, n4.WaitReady(clusterPatience(t)))
	requireMembers(t, n4.GRPC(), map[string]string{"n1": "voter", "n2": "voter", "n3": "voter", "n4": "learner"})
	_, warning := member("member", "promote", "n4")
	require.Contains(t, warning, "warning: 4 voters")
	requireMembers(t, n4.GRPC(), map[string]string{"n1": "voter", "n2": "voter", "n3": "voter", "n4": "voter"})

	begin := time.Now()
	stdout, _ := member("leader", "transfer", "n1")
	require.Contains(t, stdout, "n1 leads")
	t.Logf("handing leadership on took %s", time.Since(begin))
	stdout, _ = member("member", "remove", "n1")
	require.Equal(t, "member n1 removed · 3 voters\n", stdout)
	require.NoError(t, c.Node("n1").Stop(clusterPatience(t)))
	left := map[string]string{"n2": "voter", "n3": "voter", "n4": "voter"}
	requireMembers(t, at, left)
	requireMembers(t, n4.GRPC(), left)
	writeVia(t, n4, "after")

	stdout, _ = member("leader", "transfer", "n4")
	require.Contains(t, stdout, "n4 leads")
	require.Eventually(t, func() bool {
		s, err := statusOf(t.Context(), c.Node("n2"))
		return err == nil && s.GetLeader() == "n4"
	}, startWait, 20*time.Millisecond)
	stdout, _ = member("leader", "transfer")
	require.Regexp(t, "^n[23] leads", stdout)
	writeVia(t, n4, "and-on")
}
