package server_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/server"
)

func TestStatusOfACluster(t *testing.T) {
	contact := time.UnixMilli(1_700_000_000_123)
	members := []sdk.Member{
		{NodeID: "n1", Address: "h1:1", Role: sdk.RoleVoter, MatchIndex: 7, LastContact: contact},
		{NodeID: "n2", Address: "h2:1", Role: sdk.RoleVoter},
		{NodeID: "n3", Address: "h3:1", Role: sdk.RoleLearner},
	}
	f := &fake{}
	admin := metalogv1.NewAdminClient(serve(t, f, server.Config{Backend: "hashiraft"}).dial(t))
	for name, row := range map[string]struct {
		node, leader, role string
		members            []sdk.Member
	}{
		"leader":       {"n1", "n1", "leader", members},
		"follower":     {"n2", "n1", "follower", members},
		"learner":      {"n3", "n1", "learner", members},
		"no leader":    {"n2", "", "", members},
		"nothing yet":  {"n2", "", "", nil},
		"no node name": {"", "", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			f.set(host.Status{
				NodeID: row.node, State: host.PhaseReady,
				Backend: sdk.Status{Leader: row.leader, Members: row.members, Details: map[string]string{"term": "2"}},
				Nodes:   []host.Node{{NodeID: "n1", APIAddress: "h1:7400", Version: "v1"}},
			})
			resp, err := admin.GetStatus(t.Context(), &metalogv1.GetStatusRequest{})
			require.NoError(t, err)
			st := resp.GetStatus()
			require.Equal(t, row.role, st.GetRole())
			require.Equal(t, "hashiraft", st.GetBackend(), "the node doesn't know its backend's name yet")
			require.Equal(t, "2", st.GetDetails()["term"])
			require.Len(t, st.GetMembers(), len(row.members))
			for i, m := range st.GetMembers() {
				require.Equal(t, row.members[i].NodeID, m.GetNode())
				require.Equal(t, m.GetNode() == row.leader, m.GetLeader())
				require.Equal(t, m.GetNode() == "n1", m.GetApiAddress() == "h1:7400")
				require.Equal(t, m.GetNode() == "n1", m.GetLastContactMs() == contact.UnixMilli())
			}
		})
	}
}
