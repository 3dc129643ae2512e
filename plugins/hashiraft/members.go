package hashiraft

import (
	"strings"

	"github.com/hashicorp/raft"

	"github.com/chronik-stream/metalog/internal/membership"
	"github.com/chronik-stream/metalog/sdk"
)

// Members is the latest configuration known here, committed or not.
func (s *session) Members() []sdk.Member {
	if s.raft == nil {
		return nil
	}
	return membersOf(s.raft.GetConfiguration().Configuration())
}

func membersOf(c raft.Configuration) []sdk.Member {
	members := make([]sdk.Member, len(c.Servers))
	for i, server := range c.Servers {
		members[i] = sdk.Member{NodeID: string(server.ID), Address: string(server.Address), Role: sdk.RoleLearner}
		if server.Suffrage == raft.Voter {
			members[i].Role = sdk.RoleVoter
		}
	}
	return members
}

func (s *session) member(node string) (sdk.Member, bool) {
	return membership.Find(s.Members(), node)
}

func (s *session) nameOf(address string) string {
	return membership.NameOf(s.Members(), address)
}

// Leader is who leads as far as this node knows, and where; empty: nobody.
func (s *session) Leader() (node, address string) {
	at, id := s.raft.LeaderWithID()
	return string(id), string(at)
}

func (s *session) leads() bool { return s.raft.State() == raft.Leader }

func compareText(a, b string) int { return strings.Compare(a, b) }
