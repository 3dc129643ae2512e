package dragonboat

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	library "github.com/lni/dragonboat/v4"

	"github.com/chronik-stream/metalog/internal/boltlog"
	"github.com/chronik-stream/metalog/internal/membership"
	"github.com/chronik-stream/metalog/sdk"
)

// roll is the members as this node last learned of them. The library tells who votes
// at any time, and who doesn't only if its leader can be asked: until then those are
// shown that didn't vote before.
type roll struct {
	mu      sync.Mutex
	index   uint64            // of the change that made it so; 0: none is known
	whole   bool              // those without a vote are known, too
	numbers map[string]uint64 // by name
	members []sdk.Member      // by name
}

// set takes in a whole configuration.
func (r *roll) set(index uint64, voters, learners map[uint64]string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if index > r.index || index == r.index && !r.whole {
		r.put(index, voters, learners)
		r.whole = true
	}
}

// setVoters takes in who votes, and reports whether the rest is known.
func (r *roll) setVoters(index uint64, voters map[uint64]string) (whole bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if index <= r.index {
		return r.whole
	}
	learners := map[uint64]string{}
	for _, m := range r.members {
		number := r.numbers[m.NodeID]
		if _, votes := voters[number]; m.Role == sdk.RoleLearner && !votes {
			learners[number] = targetOf(sdk.Peer{NodeID: m.NodeID, Address: m.Address})
		}
	}
	r.put(index, voters, learners)
	r.whole = false
	return false
}

func (r *roll) put(index uint64, voters, learners map[uint64]string) {
	r.index, r.numbers, r.members = index, map[string]uint64{}, nil
	for role, numbers := range map[sdk.Role]map[uint64]string{sdk.RoleVoter: voters, sdk.RoleLearner: learners} {
		for number, target := range numbers {
			p := peerOf(target)
			r.numbers[p.NodeID] = number
			r.members = append(r.members, sdk.Member{NodeID: p.NodeID, Address: p.Address, Role: role})
		}
	}
	slices.SortFunc(r.members, func(a, b sdk.Member) int { return strings.Compare(a.NodeID, b.NodeID) })
}

func (r *roll) all() []sdk.Member {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.members)
}

// everybody is all numbers by name, and of which change they are; 0: not all are known.
func (r *roll) everybody() (index uint64, numbers map[string]uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.whole {
		return 0, nil
	}
	return r.index, maps.Clone(r.numbers)
}

// numberOf is a member's; 0: there is no such member.
func (r *roll) numberOf(node string) uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.numbers[node]
}

// lookUp is a member's number, and of which change the configuration is that says so;
// 0: not all of it is known.
func (r *roll) lookUp(node string) (number, index uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.whole {
		index = r.index
	}
	return r.numbers[node], index
}

// knownTo is the index of the latest change that is known here; 0: none is.
func (r *roll) knownTo() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.index
}

// nameOf is the member of that number; empty: there is none.
func (r *roll) nameOf(number uint64) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	for node, n := range r.numbers {
		if n == number {
			return node
		}
	}
	return ""
}

// Members is the latest configuration known here.
func (s *session) Members() []sdk.Member { return s.roll.all() }

func (s *session) nameOf(address string) string {
	return membership.NameOf(s.Members(), address)
}

// shardInfo is what the library says of the replica; false: it isn't running.
func (s *session) shardInfo() (library.ShardInfo, bool) {
	if s.node == nil || s.number.Load() == 0 {
		return library.ShardInfo{}, false
	}
	all := s.node.GetNodeHostInfo(library.NodeHostInfoOption{SkipLogInfo: true})
	if all == nil || len(all.ShardInfoList) == 0 {
		return library.ShardInfo{}, false
	}
	return all.ShardInfoList[0], true
}

// lookEvery is how often members are looked at, beside every change that the library
// tells of.
const lookEvery = time.Second

// keepRoll learns of the members, until the session ends.
func (s *session) keepRoll() {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		s.look()
		select {
		case <-s.ctx.Done():
			return
		case <-s.moved:
		case <-tick.C:
		}
	}
}

// look finds out whether the members have changed, and notes durably who belongs to the
// cluster. It waits for the leader, if that has to be asked.
func (s *session) look() {
	info, ok := s.shardInfo()
	if !ok || info.Pending {
		return
	}
	if !s.roll.setVoters(info.ConfigChangeIndex, info.Replicas) {
		if _, err := s.members(s.ctx); err != nil {
			return
		}
	}
	err := s.known.SetNumbers(s.roll.everybody())
	again := boltlog.NoSpace(err) && s.disk.log.log.RolledBack() // at the next look
	if err != nil && !again {
		s.end(&boltlog.BrokenDiskError{Err: err})
	}
}

// onMembers is told of every change that was applied. It doesn't wait.
func (s *session) onMembers() {
	select {
	case s.moved <- struct{}{}:
	default:
	}
	s.board.Changed()
}

// Leader is who leads as far as this node knows, and where; empty: nobody.
func (s *session) Leader() (node, address string) {
	chief := s.chief.Load()
	if chief == 0 {
		return "", ""
	}
	m, _ := membership.Find(s.Members(), s.roll.nameOf(chief))
	return m.NodeID, m.Address
}
