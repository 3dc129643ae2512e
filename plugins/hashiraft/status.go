package hashiraft

import (
	"strconv"
	"time"

	"github.com/hashicorp/raft"

	"github.com/chronik-stream/metalog/sdk"
)

// reportEvery is how often indexes are reported; a change of leader is told at once.
const reportEvery = 250 * time.Millisecond

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
	leader, _ := s.Leader()
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
	leader, _ := s.Leader()
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
	st.Members = s.seat.Shown(st.StoredIndex)
	return st
}
