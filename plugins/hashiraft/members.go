package hashiraft

import (
	"strings"

	"github.com/hashicorp/raft"
)

// configuration is the latest one known here, committed or not.
func (s *session) configuration() []raft.Server {
	if s.raft == nil {
		return nil
	}
	return s.raft.GetConfiguration().Configuration().Servers
}

func (s *session) member(node string) (raft.Server, bool) {
	for _, m := range s.configuration() {
		if string(m.ID) == node {
			return m, true
		}
	}
	return raft.Server{}, false
}

func (s *session) nameOf(address string) string {
	for _, m := range s.configuration() {
		if string(m.Address) == address {
			return string(m.ID)
		}
	}
	return ""
}

// leader is who leads as far as this node knows, and where; empty: nobody.
func (s *session) leader() (node, address string) {
	at, id := s.raft.LeaderWithID()
	return string(id), string(at)
}

func (s *session) leads() bool { return s.raft.State() == raft.Leader }

func namesOf(members []raft.Server) []string {
	names := make([]string, len(members))
	for i, m := range members {
		names[i] = string(m.ID)
	}
	return names
}

func listOf(members []raft.Server) string { return strings.Join(namesOf(members), ", ") }

func compareText(a, b string) int { return strings.Compare(a, b) }
