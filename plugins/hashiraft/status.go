package hashiraft

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/hashicorp/raft"

	"github.com/chronik-stream/metalog/plugins/hashiraft/peerpb"
	"github.com/chronik-stream/metalog/sdk"
)

const (
	reportEvery = 250 * time.Millisecond // of indexes; a change of leader is told at once
	askEvery    = time.Second
)

// report tells the host of every change.
func (s *session) report() {
	news := make(chan raft.Observation, 1) // one is enough: it says only that there is some
	observer := raft.NewObserver(news, false, func(o *raft.Observation) bool {
		switch o.Data.(type) {
		case raft.LeaderObservation, raft.RaftState, raft.PeerObservation:
			return true
		}
		return false
	})
	s.raft.RegisterObserver(observer)
	defer s.raft.DeregisterObserver(observer)
	tick := time.NewTicker(reportEvery)
	defer tick.Stop()
	for last := s.tell(); ; {
		select {
		case <-s.ctx.Done():
			return
		case <-news:
		case <-s.board.wake:
		case <-tick.C:
			if s.raft.CommitIndex() == last {
				s.noteLeader()
				continue
			}
		}
		last = s.tell()
	}
}

func (s *session) noteLeader() {
	leader, _ := s.leader()
	s.board.setLeader(leader)
}

// tell sends the status and returns its commit index.
func (s *session) tell() uint64 {
	s.noteLeader()
	st := s.status()
	s.sm.SetStatus(st)
	return st.CommitIndex
}

func (s *session) status() sdk.Status {
	leader, _ := s.leader()
	st := sdk.Status{
		Leader: leader, CanPropose: leader != "" && s.board.apart() == "",
		CommitIndex: max(s.raft.CommitIndex(), s.raft.AppliedIndex()), StoredIndex: s.raft.LastIndex(),
		Details: map[string]string{
			"term":  strconv.FormatUint(s.raft.CurrentTerm(), 10),
			"state": s.raft.State().String(),
		},
	}
	if index := s.disk.snapshotIndex(); index > 0 {
		st.Details["snapshot_index"] = strconv.FormatUint(index, 10)
	}
	st.Health, st.Reason = s.board.health()
	for _, m := range s.configuration() {
		st.Members = append(st.Members, s.memberStatus(m, st.StoredIndex))
	}
	return st
}

func (s *session) memberStatus(m raft.Server, stored uint64) sdk.Member {
	member := sdk.Member{NodeID: string(m.ID), Address: string(m.Address), Role: sdk.RoleLearner}
	if m.Suffrage == raft.Voter {
		member.Role = sdk.RoleVoter
	}
	if member.NodeID == s.cfg.NodeID {
		member.MatchIndex, member.LastContact = stored, time.Now()
		return member
	}
	h := s.board.of(member.NodeID)
	member.MatchIndex, member.LastContact = h.stored, h.at
	return member
}

// ask has the other nodes report, now and then: how far they are, and whether
// this one still belongs to the cluster.
func (s *session) ask() {
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	for {
		s.askAll()
		select {
		case <-s.ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (s *session) askAll() {
	ctx, cancel := context.WithTimeout(s.ctx, askEvery)
	defer cancel()
	others := s.others()
	s.known.Expect(namesOf(s.configuration()))
	refused := make([]bool, len(others))
	var asking sync.WaitGroup
	for i, p := range others {
		asking.Go(func() { refused[i] = s.askOne(ctx, p) })
	}
	asking.Wait()
	if ctx.Err() != nil && s.ctx.Err() != nil {
		return
	}
	s.peers.Prune(time.Now().Add(-unused))
	s.judgeMembership(voices(s.configuration(), others, refused))
}

// voices are what those say who know. A learner may be far behind, and not have
// heard of this node yet, though it knows the leader.
func voices(members []raft.Server, others []sdk.Peer, refused []bool) []bool {
	var voices []bool
	for i, p := range others {
		learns := slices.ContainsFunc(members, func(m raft.Server) bool {
			return string(m.ID) == p.NodeID && m.Suffrage != raft.Voter
		})
		if !learns {
			voices = append(voices, refused[i])
		}
	}
	return voices
}

// others are the members, or, on a node that was never reached by its cluster,
// those that it was told of.
func (s *session) others() []sdk.Peer {
	var others []sdk.Peer
	for _, m := range s.configuration() {
		if string(m.ID) != s.cfg.NodeID {
			others = append(others, sdk.Peer{NodeID: string(m.ID), Address: string(m.Address)})
		}
	}
	if len(others) == 0 {
		return s.cfg.Peers
	}
	return others
}

// askOne reports whether the node leads, or follows a leader, that doesn't count
// this node as a member.
func (s *session) askOne(ctx context.Context, p sdk.Peer) (refused bool) {
	node, err := s.reach(ctx, p.Address)
	if err != nil {
		return false
	}
	r, err := node.Report(ctx, &peerpb.ReportRequest{Node: s.cfg.NodeID})
	if err != nil {
		return false
	}
	s.board.hear(p.NodeID, r.GetStoredIndex())
	return r.GetLeader() != "" && !r.GetMember() && r.GetTerm() >= s.raft.CurrentTerm()
}

// judgeMembership takes this node out if those it knows have a leader and don't
// know it. It may be added again.
func (s *session) judgeMembership(refused []bool) {
	leader, _ := s.leader()
	_, member := s.member(s.cfg.NodeID)
	out, surely := judged(member, refused)
	switch {
	case leader != "" && member:
		if s.board.apart() != "" {
			s.board.setRemoved("")
			s.board.setStranger("")
		}
	case leader == "" && len(s.configuration()) > 0 && out:
		if surely && s.cfg.Start == sdk.StartRestart && !s.board.everLed() { // it may not come back under its old name (R16)
			s.end(wrongData("%s; its directory belongs to the member that was: add the node again, "+
				"then metalog init --join on an empty directory", removedText(s.cfg.NodeID)))
			return
		}
		s.board.setRemoved(removedText(s.cfg.NodeID))
	}
}

// judged is what follows from who doesn't know this node. That a majority doesn't
// is sure. One is enough to show it where this node's own log doesn't either; but
// that log may end before the node was added, and the one may be as late.
func judged(member bool, refused []bool) (out, surely bool) {
	against := 0
	for _, r := range refused {
		if r {
			against++
		}
	}
	surely = 2*against > len(refused)
	return surely || !member && against > 0, surely
}

func removedText(node string) string {
	return fmt.Sprintf("node %q was removed from the cluster: stop it, and add it again if it is to come back", node)
}
