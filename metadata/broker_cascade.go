package metadata

import "slices"

// lead gives broker id, just unfenced, the partitions that nobody leads and
// that it is in sync with.
func (d *Draft) lead(id int32) {
	d.changePartitions(func(p *Partition) *Partition {
		if p.Leader != NoLeader || !slices.Contains(p.ISR, id) {
			return nil
		}
		next := *p
		next.setLeader(id)
		return &next
	})
}

// retire takes broker id, no longer unfenced, out of every ISR that has another
// member, and passes on what it leads. The last member of an ISR stays in it,
// since nobody else has all the data; then nobody leads.
func (d *Draft) retire(id int32) {
	d.changePartitions(func(p *Partition) *Partition {
		shrinks := len(p.ISR) > 1 && slices.Contains(p.ISR, id)
		if !shrinks && p.Leader != id {
			return nil
		}
		next := *p
		if shrinks {
			next.ISR = slices.DeleteFunc(slices.Clone(p.ISR), func(member int32) bool { return member == id })
		}
		if p.Leader == id {
			next.setLeader(d.state.elect(&next))
		}
		return &next
	})
}

// elect finds the first replica that is in sync and unfenced.
func (s *State) elect(p *Partition) int32 {
	for _, id := range p.Replicas {
		if slices.Contains(p.ISR, id) && s.isUnfenced(id) {
			return id
		}
	}
	return NoLeader
}

// changePartitions puts change's answers in the places of the partitions it is
// asked about, which are all there are; nil leaves one, and its epochs, alone.
// The changes are stored after the walk, as they would move what it walks over.
func (d *Draft) changePartitions(change func(*Partition) *Partition) {
	var changed []*Partition
	for e := range d.state.topics.all() {
		for p := range e.partitions() {
			if next := change(p); next != nil {
				changed = append(changed, next)
			}
		}
	}
	for _, p := range changed {
		d.changePartition(p)
	}
}
