package main

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/host/hosttest"
	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/server"
)

// serveHere serves a node of this process, until the test ends, and returns where.
func serveHere(t *testing.T, node server.Node) string {
	t.Helper()
	l, err := server.Listen(t.Context(), "test", "127.0.0.1:0")
	require.NoError(t, err)
	s := server.New(node, server.Config{GRPC: l})
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), startWait)
		defer cancel()
		require.NoError(t, s.Shutdown(ctx))
		require.NoError(t, <-served)
	})
	return l.Addr().String()
}

// requireMembers waits until the node at addr lists these.
func requireMembers(t *testing.T, addr string, want map[string]string) {
	t.Helper()
	require.Eventually(t, func() bool {
		code, stdout, _ := runAt(t, addr, "member", "list", "-o", "json")
		var views []memberView
		if code != exitOK || json.Unmarshal([]byte(stdout), &views) != nil || len(views) != len(want) {
			return false
		}
		for _, v := range views {
			if want[v.Node] != v.Role {
				return false
			}
		}
		return true
	}, startWait, 10*time.Millisecond)
}

func TestMemberCommands(t *testing.T) {
	nodes := hosttest.Voters(t, 3)
	addr := serveHere(t, nodes.Store(1))
	code, stdout, stderr := runAt(t, addr, "member", "add", "n4", "four:7402", "--learner", "--expect", "n3,n2,n1")
	require.Equal(t, exitOK, code, stderr)
	require.Equal(t, "member n4 added · learner · 3 voters, 1 learner\n", stdout)
	require.Contains(t, stderr, "next, on the machine of n4: metalog init --join --backend inmem --node-id n4 "+
		"--cluster-id hosttest --address four:7402 --peers n1=,n2=,n3=\n")
	require.Contains(t, stderr, "metalog member promote n4")
	require.NotContains(t, stderr, "warning")
	requireMembers(t, addr, map[string]string{"n1": "voter", "n2": "voter", "n3": "voter", "n4": "learner"})
	nodes.Open(3)

	code, stdout, stderr = runAt(t, addr, "member", "promote", "n4")
	require.Equal(t, exitOK, code, stderr)
	require.Equal(t, "member n4 promoted · voter · 4 voters\n", stdout)
	require.Contains(t, stderr, "warning: 4 voters: they tolerate no more than 3 would (1 failure)")

	code, stdout, stderr = runAt(t, addr, "member", "remove", "n3", "-o", "json")
	require.Equal(t, exitOK, code, stderr)
	require.JSONEq(t, `{"node": "n3", "result": "removed", "voters": ["n1", "n2", "n4"], "learners": []}`, stdout)
	require.NotContains(t, stderr, "warning")
	require.Contains(t, stderr, "stop node n3")

	code, stdout, stderr = runAt(t, addr, "member", "remove", "n1")
	require.Equal(t, exitOK, code, stderr)
	require.Equal(t, "member n1 removed · 2 voters\n", stdout)
	require.Contains(t, stderr, "warning: 2 voters left: no failure is tolerated\n")
	requireMembers(t, addr, map[string]string{"n2": "voter", "n4": "voter"})

	code, stdout, stderr = runAt(t, addr, "member", "list")
	require.Equal(t, exitOK, code, stderr)
	require.Regexp(t, `(?s)^NODE +ROLE +LEADER +STORED INDEX +LAST CONTACT +ADDRESS\n.*\nn4 +voter +(true|false) .*four:7402\n$`, stdout)
}

func TestLeaderTransfer(t *testing.T) {
	addr := serveHere(t, hosttest.Voters(t, 3).Store(1))
	code, stdout, stderr := runAt(t, addr, "leader", "transfer", "n3")
	require.Equal(t, exitOK, code, stderr)
	require.Regexp(t, `^n3 leads · handed on in [0-9.]+ ms\n$`, stdout)
	require.Eventually(t, func() bool {
		_, stdout, _ := runAt(t, addr, "status", "--node", "-o", "json")
		var view statusView
		return json.Unmarshal([]byte(stdout), &view) == nil && view.Leader == "n3"
	}, startWait, 10*time.Millisecond)
	code, stdout, stderr = runAt(t, addr, "leader", "transfer", "-o", "json")
	require.Equal(t, exitOK, code, stderr)
	var view transferView
	require.NoError(t, json.Unmarshal([]byte(stdout), &view))
	require.Equal(t, "n1", view.Leader)
	require.Positive(t, view.ElapsedMS)
}

func TestMemberExitCodes(t *testing.T) {
	addr := serveHere(t, hosttest.Voters(t, 3).Store(0))
	nobody := serveHere(t, hosttest.Cluster(t, 1).Store(0))
	for _, row := range []struct {
		code int
		addr string
		args []string
		want string
	}{
		{exitConflict, addr, []string{"member", "add", "n2", "two:1"}, "is a member already"},
		{exitConflict, addr, []string{"member", "add", "n4", "four:1", "--expect", "n1,n2"}, "not the expected"},
		{exitConflict, addr, []string{"member", "promote", "n2"}, "is a voter already"},
		{exitConflict, addr, []string{"member", "remove", "n9", "--expect", "n9"}, "not the expected"},
		{exitNotFound, addr, []string{"member", "remove", "n9", "--expect", "n2,n1,n3"}, "is no member"},
		{exitNotFound, addr, []string{"member", "promote", "n9"}, "is no member"},
		{exitNotFound, addr, []string{"leader", "transfer", "n9"}, "is no member"},
		{exitError, nobody, []string{"member", "remove", "n1"}, "have to claim membership, and claims replicated"},
		{exitError, nobody, []string{"leader", "transfer"}, "have to claim transfer"},
		{exitUnreachable, "127.0.0.1:1", []string{"member", "remove", "n1"}, "no node answers at 127.0.0.1:1"},
		{exitUnreachable, "127.0.0.1:1", []string{"leader", "transfer"}, "no node answers at 127.0.0.1:1"},
	} {
		code, stdout, stderr := runAt(t, row.addr, row.args...)
		require.Equal(t, row.code, code, "%v: %s", row.args, stderr)
		require.Empty(t, stdout)
		require.Contains(t, stderr, row.want)
	}
	requireMembers(t, addr, map[string]string{"n1": "voter", "n2": "voter", "n3": "voter"})
}

// cagey is a node that may have done what it was asked to.
type cagey struct {
	*host.Store
	err error
}

func (c cagey) RemoveMember(context.Context, string, []string) error  { return c.err }
func (c cagey) TransferLeadership(context.Context, string) error      { return c.err }
func (c cagey) AddVoter(context.Context, sdk.Peer, []string) error    { return c.err }
func (c cagey) AddLearner(context.Context, sdk.Peer, []string) error  { return c.err }
func (c cagey) PromoteMember(context.Context, string, []string) error { return c.err }

func TestMemberOutcomeUnknown(t *testing.T) {
	store := hosttest.Voters(t, 1).Store(0)
	for _, err := range []error{errors.New("boom"), &sdk.Error{Reason: sdk.ReasonClosed, Message: "the session has ended"}} {
		addr := serveHere(t, cagey{store, err})
		for _, given := range [][]string{
			{"member", "add", "n4", "four:1"},
			{"member", "add", "n4", "four:1", "--learner"},
			{"member", "promote", "n4"},
			{"member", "remove", "n4"},
			{"leader", "transfer"},
		} {
			code, stdout, stderr := runAt(t, addr, given...)
			require.Equal(t, exitUnknown, code, stderr)
			require.Empty(t, stdout)
			require.Contains(t, stderr, "may have been done or be done yet: "+err.Error()+". Look before you decide: metalog member list")
		}
	}
}
