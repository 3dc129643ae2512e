package plugin

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/backendpb"
)

// text is s as the wire takes it: UTF-8, and bounded. A message with any other
// couldn't be sent at all, and what it says of an outcome would be lost.
func text(s string) string {
	if len(s) > maxText {
		s = s[:maxText] + "..."
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// checkConfig refuses what would name something else on the other side.
func checkConfig(c sdk.Config) error {
	for field, s := range map[string]string{"cluster_id": c.ClusterID, "node_id": c.NodeID, "data_dir": c.DataDir} {
		if !utf8.ValidString(s) {
			return &sdk.Error{
				Reason: sdk.ReasonInvalidConfig, Outcome: sdk.NotAppended, Field: field,
				Message: fmt.Sprintf("%q isn't UTF-8 text, which a plugin needs: choose another name", s),
			}
		}
	}
	return nil
}

func configToPB(c sdk.Config) *backendpb.OpenRequest {
	r := &backendpb.OpenRequest{
		ClusterId: c.ClusterID, NodeId: c.NodeID, DataDir: c.DataDir,
		Start: backendpb.Start(c.Start), Options: c.Options, Applied: c.Applied,
		Address: c.Address, Listen: c.Listen,
	}
	for _, p := range c.Peers {
		r.Peers = append(r.Peers, &backendpb.Peer{Node: p.NodeID, Address: p.Address})
	}
	return r
}

func configFromPB(r *backendpb.OpenRequest) sdk.Config {
	c := sdk.Config{
		ClusterID: r.GetClusterId(), NodeID: r.GetNodeId(), DataDir: r.GetDataDir(),
		Start: sdk.Start(r.GetStart()), Options: r.GetOptions(), Applied: r.GetApplied(),
		Address: r.GetAddress(), Listen: r.GetListen(),
	}
	for _, p := range r.GetPeers() {
		c.Peers = append(c.Peers, sdk.Peer{NodeID: p.GetNode(), Address: p.GetAddress()})
	}
	return c
}

func statusToPB(s sdk.Status) *backendpb.Status {
	r := &backendpb.Status{
		ClusterId: text(s.ClusterID), CanPropose: s.CanPropose, Leader: text(s.Leader), Health: backendpb.Health(s.Health), Reason: text(s.Reason),
		CommitIndex: s.CommitIndex, StoredIndex: s.StoredIndex,
	}
	if s.Details != nil {
		r.Details = make(map[string]string, len(s.Details))
	}
	for k, v := range s.Details {
		r.Details[text(k)] = text(v)
	}
	for _, m := range s.Members {
		r.Members = append(r.Members, memberToPB(m))
	}
	return r
}

func statusFromPB(r *backendpb.Status) sdk.Status {
	s := sdk.Status{
		ClusterID: r.GetClusterId(), CanPropose: r.GetCanPropose(), Leader: r.GetLeader(), Health: sdk.Health(r.GetHealth()), Reason: r.GetReason(),
		CommitIndex: r.GetCommitIndex(), StoredIndex: r.GetStoredIndex(), Details: r.GetDetails(),
	}
	for _, m := range r.GetMembers() {
		s.Members = append(s.Members, memberFromPB(m))
	}
	return s
}

func memberToPB(m sdk.Member) *backendpb.Member {
	r := &backendpb.Member{
		Node: text(m.NodeID), Address: text(m.Address), Role: backendpb.Role(m.Role), MatchIndex: m.MatchIndex,
	}
	if !m.LastContact.IsZero() {
		r.LastContactMs = m.LastContact.UnixMilli()
	}
	return r
}

func memberFromPB(r *backendpb.Member) sdk.Member {
	m := sdk.Member{
		NodeID: r.GetNode(), Address: r.GetAddress(), Role: sdk.Role(r.GetRole()), MatchIndex: r.GetMatchIndex(),
	}
	if ms := r.GetLastContactMs(); ms != 0 {
		m.LastContact = time.UnixMilli(ms)
	}
	return m
}
