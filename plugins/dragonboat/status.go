package dragonboat

import (
	"context"
	"strconv"
	"sync"
	"time"

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
	tick := time.NewTicker(reportEvery)
	defer tick.Stop()
	for last := s.tell(); ; {
		select {
		case <-s.ctx.Done():
			return
		case <-s.board.Wake:
		case <-tick.C:
			if commit, _ := s.disk.log.position(); commit == last {
				s.note()
				continue
			}
		}
		last = s.tell()
	}
}

// note looks at what the library doesn't tell of by itself.
func (s *session) note() {
	if info, ok := s.shardInfo(); ok && !info.Pending {
		s.roll.setVoters(info.ConfigChangeIndex, info.Replicas)
	} else if !ok && s.number.Load() != 0 && s.ctx.Err() == nil {
		s.board.SetRemoved(membership.RemovedText(s.cfg.NodeID)) // it ends the replica then
	}
	leader, _ := s.leader()
	s.board.SetLeader(leader)
}

// tell sends the status and returns its commit index.
func (s *session) tell() uint64 {
	s.note()
	st := s.status()
	s.host.SetStatus(st)
	return st.CommitIndex
}

func (s *session) status() sdk.Status {
	leader, _ := s.leader()
	commit, term := s.disk.log.position()
	st := sdk.Status{
		Leader: leader, CanPropose: leader != "" && s.board.Apart() == "",
		CommitIndex: commit, StoredIndex: s.disk.log.stored(),
		Details: map[string]string{"term": strconv.FormatUint(term, 10), "replica": strconv.FormatUint(s.number.Load(), 10)},
	}
	if index := s.disk.log.snapshotIndex(); index > 0 {
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
// this one belongs to the cluster, as which number if it is new.
func (s *session) ask() {
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	for {
		s.look()
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
	members := s.configuration()
	s.known.Expect(membership.Names(members))
	others := membership.Others(members, s.cfg.NodeID, s.cfg.Peers)
	reports := make([]*peerpb.ReportResponse, len(others))
	var asking sync.WaitGroup
	for i, p := range others {
		asking.Go(func() { reports[i] = s.askOne(ctx, p) })
	}
	asking.Wait()
	if s.ctx.Err() != nil {
		return
	}
	s.peers.Prune(time.Now().Add(-unused))
	if s.number.Load() == 0 {
		s.join(reports)
		return
	}
	s.judgeMembership(others, reports)
}

// askOne returns nil if there is no answer.
func (s *session) askOne(ctx context.Context, p sdk.Peer) *peerpb.ReportResponse {
	node, err := s.reach(ctx, p.Address)
	if err != nil {
		return nil
	}
	r, err := node.Report(ctx, &peerpb.ReportRequest{Node: s.cfg.NodeID})
	if err != nil {
		return nil
	}
	s.board.Hear(p.NodeID, r.GetStoredIndex())
	return r
}

// join starts the replica of a new member as soon as somebody who follows a leader
// knows its number. Of several the latest configuration counts: in an older one the
// name may have been another's, whose number is barred.
func (s *session) join(reports []*peerpb.ReportResponse) {
	var best *peerpb.ReportResponse
	for _, r := range reports {
		if r.GetLeader() != "" && r.GetReplica() != 0 && (best == nil || r.GetMembersIndex() > best.GetMembersIndex()) {
			best = r
		}
	}
	if best == nil {
		return
	}
	if err := s.joinAs(best.GetReplica()); err != nil {
		s.end(err)
	}
}

// judgeMembership takes this node out if those it knows have a leader and don't
// know it. It may be added again. Who has learned of fewer changes than this node, or
// not of those without a vote, doesn't know.
func (s *session) judgeMembership(others []sdk.Peer, reports []*peerpb.ReportResponse) {
	_, term := s.disk.log.position()
	known := max(s.roll.knownTo(), 1)
	refused := make([]bool, len(reports))
	for i, r := range reports {
		refused[i] = r.GetLeader() != "" && !r.GetMember() && r.GetTerm() >= term && r.GetMembersIndex() >= known
	}
	leader, _ := s.leader()
	members := s.configuration()
	_, member := membership.Find(members, s.cfg.NodeID)
	out, surely := membership.Judged(member, membership.Voices(members, others, refused))
	switch {
	case leader != "" && member:
		if s.board.Apart() != "" {
			s.board.SetRemoved("")
			s.board.SetStranger("")
		}
	case leader == "" && len(members) > 0 && out:
		if surely && s.cfg.Start == sdk.StartRestart && !s.board.EverLed() { // it may not come back under its old name (R16)
			s.end(wrongData("%s; its directory belongs to the member that was: add the node again, "+
				"then metalog init --join on an empty directory", membership.RemovedText(s.cfg.NodeID)))
			return
		}
		s.board.SetRemoved(membership.RemovedText(s.cfg.NodeID))
	}
}
