package hashiraft

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/hashicorp/raft"

	"github.com/chronik-stream/metalog/internal/membership"
	"github.com/chronik-stream/metalog/internal/membership/peerpb"
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
		case <-s.board.Wake:
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
	s.board.SetLeader(leader)
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
		Leader: leader, CanPropose: leader != "" && s.board.Apart() == "",
		CommitIndex: max(s.raft.CommitIndex(), s.raft.AppliedIndex()), StoredIndex: s.raft.LastIndex(),
		Details: map[string]string{
			"term":  strconv.FormatUint(s.raft.CurrentTerm(), 10),
			"state": s.raft.State().String(),
		},
	}
	if index := s.disk.snapshotIndex(); index > 0 {
		st.Details["snapshot_index"] = strconv.FormatUint(index, 10)
	}
	st.Health, st.Reason = s.board.Health()
	for _, m := range s.configuration() {
		st.Members = append(st.Members, s.memberStatus(m, st.StoredIndex))
	}
	return st
}

func (s *session) memberStatus(m sdk.Member, stored uint64) sdk.Member {
	if m.NodeID == s.cfg.NodeID {
		m.MatchIndex, m.LastContact = stored, time.Now()
		return m
	}
	m.MatchIndex, m.LastContact = s.board.Heard(m.NodeID)
	return m
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
	others := membership.Others(s.configuration(), s.cfg.NodeID, s.cfg.Peers)
	s.known.Expect(membership.Names(s.configuration()))
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
	s.judgeMembership(membership.Voices(s.configuration(), others, refused))
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
	s.board.Hear(p.NodeID, r.GetStoredIndex())
	return r.GetLeader() != "" && !r.GetMember() && r.GetTerm() >= s.raft.CurrentTerm()
}

// judgeMembership takes this node out if those it knows have a leader and don't
// know it. It may be added again.
func (s *session) judgeMembership(refused []bool) {
	leader, _ := s.leader()
	_, member := s.member(s.cfg.NodeID)
	out, surely := membership.Judged(member, refused)
	switch {
	case leader != "" && member:
		if s.board.Apart() != "" {
			s.board.SetRemoved("")
			s.board.SetStranger("")
		}
	case leader == "" && len(s.configuration()) > 0 && out:
		if surely && s.cfg.Start == sdk.StartRestart && !s.board.EverLed() { // it may not come back under its old name (R16)
			s.end(wrongData("%s; its directory belongs to the member that was: add the node again, "+
				"then metalog init --join on an empty directory", membership.RemovedText(s.cfg.NodeID)))
			return
		}
		s.board.SetRemoved(membership.RemovedText(s.cfg.NodeID))
	}
}
