package membership

import (
	"context"
	"sync"
	"time"

	"github.com/chronik-stream/metalog/internal/membership/peerpb"
	"github.com/chronik-stream/metalog/internal/peerport"
	"github.com/chronik-stream/metalog/sdk"
)

const (
	askEvery = time.Second
	// unused is after how long a connection is given up that nobody asked for, as to a
	// member that was removed: every member is asked each second.
	unused = time.Minute
)

// Ask has the other nodes report, now and then, until the session ends: how far they
// are, and whether this one still belongs to the cluster. newcomer gets the reports,
// nil of who didn't answer, and says whether this node is no member yet; nil: it is one.
func (s *Seat) Ask(newcomer func([]*peerpb.ReportResponse) bool) {
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	for {
		others, reports := s.askAll()
		if s.Context.Err() == nil && (newcomer == nil || !newcomer(reports)) {
			s.judge(others, reports)
		}
		select {
		case <-s.Context.Done():
			return
		case <-tick.C:
		}
	}
}

func (s *Seat) askAll() ([]sdk.Peer, []*peerpb.ReportResponse) {
	ctx, cancel := context.WithTimeout(s.Context, askEvery)
	defer cancel()
	members := s.Library.Members()
	s.Known.Expect(Names(members))
	others := Others(members, s.Config.NodeID, s.Config.Peers)
	reports := make([]*peerpb.ReportResponse, len(others))
	var asking sync.WaitGroup
	for i, p := range others {
		asking.Go(func() { reports[i] = s.askOne(ctx, p) })
	}
	asking.Wait()
	s.Peers.Prune(time.Now().Add(-unused))
	return others, reports
}

func (s *Seat) askOne(ctx context.Context, p sdk.Peer) *peerpb.ReportResponse {
	node, err := s.Reach(ctx, p.Address)
	if err != nil {
		return nil
	}
	r, err := node.Report(ctx, &peerpb.ReportRequest{Node: s.Config.NodeID})
	if err != nil {
		return nil
	}
	s.Board.Hear(p.NodeID, r.GetStoredIndex())
	return r
}

// judge takes this node out if those it knows have a leader and don't know it. It may
// be added again. Who has learned of fewer changes than this node doesn't know.
func (s *Seat) judge(others []sdk.Peer, reports []*peerpb.ReportResponse) {
	term, known := s.Library.Report(s.Config.NodeID).GetTerm(), s.Library.KnownTo()
	refused := make([]bool, len(reports))
	for i, r := range reports {
		refused[i] = r.GetLeader() != "" && !r.GetMember() && r.GetTerm() >= term && r.GetMembersIndex() >= known
	}
	leader, _ := s.Library.Leader()
	members := s.Library.Members()
	_, member := Find(members, s.Config.NodeID)
	out, surely := Judged(member, Voices(members, others, refused))
	switch {
	case leader != "" && member:
		if s.Board.Apart() != "" {
			s.Board.SetRemoved("")
			s.Board.SetStranger("")
		}
	case leader == "" && len(members) > 0 && out:
		if surely && s.Config.Start == sdk.StartRestart && !s.Board.EverLed() { // it may not come back under its old name (R16)
			s.End(WrongData("%s; its directory belongs to the member that was: add the node again, "+
				"then metalog init --join on an empty directory", RemovedText(s.Config.NodeID)))
			return
		}
		s.Board.SetRemoved(RemovedText(s.Config.NodeID))
	}
}

// OnRefuse ends a node whose name belongs to another directory, if it has never
// been a member with this one. One node alone may be late, and still know the
// member that this one has replaced: it takes a majority, and no leader that
// knows better.
func (s *Seat) OnRefuse(r *peerport.RefusedError) {
	if !r.Replaced || r.By == "" || s.Board.Follows() {
		return
	}
	refusing := s.Board.RefusedBy(r.By)
	if s.Config.Start != sdk.StartRestart && !s.Board.EverLed() && 2*refusing > len(s.Config.Peers) {
		s.End(WrongData("%s", r.Error()))
		return
	}
	s.Board.SetStranger(r.Error())
}
