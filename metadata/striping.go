package metadata

import (
	"hash/fnv"
	"slices"
)

// stripes places partitions over brokers: the same topic id and the same
// brokers give the same placement on every node (T4).
//
// With u the unfenced and f the fenced brokers, both by id, and s the
// FNV-1a-64 hash of the topic's id, replica j of partition i is
// u[(s+i+j) mod n] for j < n = len(u), then f[(s+i+j) mod len(f)]. So leaders
// go round the unfenced brokers, and fenced ones are used only when the
// replication factor needs them.
type stripes struct {
	unfenced, fenced []int32
	start            uint64
}

func newStripes(id TopicID, brokers []*Broker) stripes {
	h := fnv.New64a()
	_, _ = h.Write(id[:]) // it can't fail
	s := stripes{start: h.Sum64(), unfenced: make([]int32, 0, len(brokers))}
	for _, b := range brokers {
		if b.State == BrokerUnfenced {
			s.unfenced = append(s.unfenced, b.ID)
		} else {
			s.fenced = append(s.fenced, b.ID)
		}
	}
	slices.Sort(s.unfenced)
	slices.Sort(s.fenced)
	return s
}

// replicas are the rf brokers of a partition, all different: rf is at most the
// number of brokers, of which one at least is unfenced.
func (s stripes) replicas(partition, rf int32) []int32 {
	out := make([]int32, 0, rf)
	for j := range int(rf) {
		from := s.unfenced
		if j >= len(s.unfenced) {
			from = s.fenced
		}
		n := uint64(len(from))
		// The remainder first: start + partition + j may not fit.
		at := (s.start%n + uint64(partition) + uint64(j)) % n
		out = append(out, from[at])
	}
	return out
}
