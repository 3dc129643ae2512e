package server

import (
	"time"

	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/sdk"
)

// statusProto is a node's status for the wire, without what only the server
// knows.
func statusProto(st host.Status) *metalogv1.Status {
	return &metalogv1.Status{
		Cluster:      st.ClusterID,
		Node:         st.NodeID,
		Backend:      st.Plugin.Name,
		State:        string(st.State),
		SinceMs:      unixMS(st.Since),
		Ready:        st.Ready,
		Reason:       st.Reason,
		Role:         roleOf(st),
		Leader:       st.Backend.Leader,
		Revision:     st.Revision,
		Digest:       st.Digest.String(),
		AppliedIndex: st.AppliedIndex,
		CommitIndex:  max(st.Backend.CommitIndex, st.AppliedIndex), // the backend reports its own now and then
		FeatureLevel: st.FeatureLevel,
		Counts:       countsProto(st),
		Waiting:      uint64(st.Waiting),
		Plugin:       pluginProto(st.Plugin),
		Members:      membersProto(st),
		Details:      st.Backend.Details,
		SealedTo:     st.SealedTo,

		ImportingBytes: st.Importing,
	}
}

func countsProto(st host.Status) *metalogv1.Counts {
	return &metalogv1.Counts{
		Topics:     uint64(st.Counts.Topics),
		Partitions: uint64(st.Counts.Partitions),
		Brokers:    uint64(st.Counts.Brokers),

		Groups:       uint64(st.Counts.Groups),
		Offsets:      uint64(st.Counts.Offsets),
		Transactions: uint64(st.Counts.Transactions),
		Segments:     uint64(st.Counts.Segments),
	}
}

func pluginProto(p host.Plugin) *metalogv1.Plugin {
	out := &metalogv1.Plugin{
		Name:     p.Name,
		Version:  p.Version,
		Pid:      int64(p.PID),
		State:    p.State,
		Restarts: uint64(p.Restarts),
		Sha256:   p.SHA256,
	}
	for _, c := range p.Claims {
		out.Claims = append(out.Claims, string(c))
	}
	return out
}

// membersProto joins what the backend knows of a member with what the member
// announced of itself.
func membersProto(st host.Status) []*metalogv1.Member {
	announced := make(map[string]host.Node, len(st.Nodes))
	for _, n := range st.Nodes {
		announced[n.NodeID] = n
	}
	var out []*metalogv1.Member
	for _, m := range st.Backend.Members {
		out = append(out, &metalogv1.Member{
			Node:          m.NodeID,
			Address:       m.Address,
			Role:          m.Role.String(),
			Leader:        m.NodeID == st.Backend.Leader,
			MatchIndex:    m.MatchIndex,
			LastContactMs: unixMS(m.LastContact),
			ApiAddress:    announced[m.NodeID].APIAddress,
			Version:       announced[m.NodeID].Version,
		})
	}
	return out
}

// roleOf is empty while it isn't known.
func roleOf(st host.Status) string {
	if st.Backend.Leader == st.NodeID && st.NodeID != "" {
		return "leader"
	}
	for _, m := range st.Backend.Members {
		if m.NodeID == st.NodeID && m.Role == sdk.RoleLearner {
			return "learner"
		}
	}
	if st.Backend.Leader == "" {
		return ""
	}
	return "follower"
}

// unixMS keeps "not known" as 0.
func unixMS(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
