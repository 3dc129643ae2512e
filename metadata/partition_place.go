package metadata

import (
	"slices"

	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// brokerless: nobody has registered, so partitions are kept without replicas,
// and no broker id can be said to be wrong (T1).
func (s *State) brokerless() bool { return s.brokers.len() == 0 }

// isUnfenced: a broker that isn't registered, or is shutting down, isn't.
func (s *State) isUnfenced(id int32) bool {
	b := s.brokers.get(id)
	return b != nil && b.State == BrokerUnfenced
}

// inSync are those of replicas that may be in sync: the unfenced ones, all of
// them while nobody can be fenced. It returns replicas itself if it can.
func (s *State) inSync(replicas []int32) []int32 {
	out := func(id int32) bool { return !s.isUnfenced(id) }
	if s.brokerless() || !slices.ContainsFunc(replicas, out) {
		return replicas
	}
	return slices.DeleteFunc(slices.Clone(replicas), out)
}

func checkNewPartitions(n int64) *refusal {
	if n > maxNewPartitions {
		return refuse(CodeInvalidPartitions, "%d new partitions are more than one request may create (%d): create fewer, then add the rest", n, maxNewPartitions)
	}
	return nil
}

// checkPlaceable asks whether striping can give every partition rf replicas, of
// which one leads.
func checkPlaceable(s *State, rf int32) *refusal {
	if s.brokerless() {
		return nil
	}
	if n := s.brokers.len(); int(rf) > n {
		return refuse(CodeInvalidReplicationFactor, "replication factor %d is more than the %d registered brokers: ask for fewer replicas or register more brokers", rf, n)
	}
	for b := range s.brokers.all() {
		if b.State == BrokerUnfenced {
			return nil
		}
	}
	return refuse(CodeInvalidReplicationFactor, "no broker is unfenced, so no partition could be led: unfence one first")
}

// checkAssignments asks whether assignments place the partitions first,
// first+1 ... with rf replicas each; rf 0: as many as the first of them has.
func checkAssignments(s *State, assignments []*eventpb.Assignment, first, rf int32) *refusal {
	seen := make([]bool, len(assignments))
	for _, a := range assignments {
		i := int64(a.GetPartition()) - int64(first)
		if i < 0 || i >= int64(len(seen)) || seen[i] {
			return refuse(CodeInvalidReplicaAssignment, "assignments must name each partition from %d to %d once: partition %d is out of place", first, int64(first)+int64(len(seen))-1, a.GetPartition())
		}
		seen[i] = true
		if r := checkReplicas(s, a); r != nil {
			return r
		}
		if rf == 0 {
			rf = int32(len(a.GetReplicas()))
		}
		if int32(len(a.GetReplicas())) != rf {
			return refuse(CodeInvalidReplicaAssignment, "partition %d has %d replicas where %d are expected: give every partition as many", a.GetPartition(), len(a.GetReplicas()), rf)
		}
	}
	return nil
}

func checkReplicas(s *State, a *eventpb.Assignment) *refusal {
	if r := checkReplicaIDs(s, a.GetPartition(), a.GetReplicas(), true); r != nil {
		return r
	}
	if slices.ContainsFunc(a.GetReplicas(), s.isUnfenced) {
		return nil
	}
	return allFenced(a.GetPartition())
}

// checkReplicaIDs asks whether replicas are different brokers that exist.
func checkReplicaIDs(s *State, partition int32, replicas []int32, registered bool) *refusal {
	if len(replicas) == 0 {
		return refuse(CodeInvalidReplicaAssignment, "partition %d has no replicas: name one broker at least", partition)
	}
	seen := make(map[int32]struct{}, len(replicas))
	for _, id := range replicas {
		if _, twice := seen[id]; twice {
			return refuse(CodeInvalidReplicaAssignment, "partition %d has broker %d twice: name each broker once", partition, id)
		}
		seen[id] = struct{}{}
		if id < 0 {
			return refuse(CodeInvalidReplicaAssignment, "partition %d is to go to broker %d, but ids of brokers are 0 or more: name another", partition, id)
		}
		if registered && s.brokers.get(id) == nil {
			return refuse(CodeInvalidReplicaAssignment, "partition %d is to go to broker %d, which isn't registered: register it first or name another", partition, id)
		}
	}
	return nil
}

func allFenced(partition int32) *refusal {
	return refuse(CodeInvalidReplicaAssignment, "no replica of partition %d is on an unfenced broker: unfence one or name another", partition)
}

// addPartitions makes the partitions of t from first on, where assignments say
// or by striping, or nowhere while no broker is registered.
func addPartitions(d *Draft, t *Topic, first int32, assignments []*eventpb.Assignment) {
	place := placement(&d.state, t, first, assignments)
	for i := first; i < t.Partitions; i++ {
		p := &Partition{
			Topic:            t.ID,
			Index:            i,
			Leader:           NoLeader,
			Replicas:         place(i),
			CreatedRevision:  d.revision,
			ModifiedRevision: d.revision,
		}
		p.ISR = d.state.inSync(p.Replicas)
		if len(p.ISR) > 0 {
			p.Leader = p.ISR[0]
		}
		d.setPartition(p)
	}
}

func placement(s *State, t *Topic, first int32, assignments []*eventpb.Assignment) func(int32) []int32 {
	if len(assignments) > 0 {
		replicas := make([][]int32, len(assignments))
		for _, a := range assignments {
			replicas[a.GetPartition()-first] = slices.Clone(a.GetReplicas())
		}
		return func(i int32) []int32 { return replicas[i-first] }
	}
	if s.brokerless() {
		return func(int32) []int32 { return nil }
	}
	stripes := newStripes(t.ID, slices.AppendSeq(make([]*Broker, 0, s.brokers.len()), s.brokers.all()))
	return func(i int32) []int32 { return stripes.replicas(i, t.ReplicationFactor) }
}

func assignmentsToEvent(assignments []Assignment) []*eventpb.Assignment {
	var out []*eventpb.Assignment
	for _, a := range assignments {
		out = append(out, &eventpb.Assignment{Partition: a.Partition, Replicas: slices.Clone(a.Replicas)})
	}
	return out
}

func encodeAssignments(e *encoder, assignments []*eventpb.Assignment) {
	e.list(len(assignments))
	for _, a := range assignments {
		e.int(int64(a.GetPartition()))
		e.int32s(a.GetReplicas())
	}
}
