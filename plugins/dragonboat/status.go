package dragonboat

import (
	"strconv"
	"time"

	"github.com/chronik-stream/metalog/internal/membership"
	"github.com/chronik-stream/metalog/internal/membership/peerpb"
	"github.com/chronik-stream/metalog/sdk"
)

// reportEvery is how often indexes are reported; a change of leader is told at once.
const reportEvery = 250 * time.Millisecond

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
		s.chief.Store(0)
		s.board.SetRemoved(membership.RemovedText(s.cfg.NodeID)) // it ends the replica then
	}
	leader, _ := s.Leader()
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
	leader, _ := s.Leader()
	commit, term := s.disk.log.position()
	st := sdk.Status{
		Leader: leader, CanPropose: leader != "" && s.board.Apart() == "" && (leader != s.cfg.NodeID || s.board.Full() == nil),
		CommitIndex: commit, StoredIndex: s.disk.log.stored(),
		Details: map[string]string{"term": strconv.FormatUint(term, 10), "replica": strconv.FormatUint(s.number.Load(), 10)},
	}
	if index := s.disk.log.snapshotIndex(); index > 0 {
		st.Details["snapshot_index"] = strconv.FormatUint(index, 10)
	}
	st.Health, st.Reason = s.board.Health()
	st.Members = s.seat.Shown(st.StoredIndex)
	return st
}

// newcomer is a member that hasn't been told its number yet.
func (s *session) newcomer(reports []*peerpb.ReportResponse) bool {
	if s.number.Load() != 0 {
		return false
	}
	s.join(reports)
	return true
}

// join starts the replica of a new member as soon as somebody who follows a leader
// knows its number and all members. Of several the latest configuration counts: in an
// older one the name may have been another's, whose number is barred.
func (s *session) join(reports []*peerpb.ReportResponse) {
	if number := numberBy(reports); number != 0 {
		if err := s.joinAs(number); err != nil {
			s.end(err)
		}
	}
}

// numberBy is a new member's; 0: nobody can tell yet.
func numberBy(reports []*peerpb.ReportResponse) uint64 {
	var best *peerpb.ReportResponse
	for _, r := range reports {
		if r.GetLeader() != "" && r.GetReplica() != 0 && r.GetMembersIndex() > best.GetMembersIndex() {
			best = r
		}
	}
	return best.GetReplica()
}
