package metadata

import "cmp"

// lastRecords are those that were taken in last, of kinds that are sorted by
// more than what the tables show.
type lastRecords struct {
	group       *groupEntry // whose offsets come next
	offset      string      // keys within the group
	pending     string
	transaction string
	segment     string
}

func (b *restorer) takeGroup(d *decoder) error {
	g := decodeGroup(d)
	if err := d.end(); err != nil {
		return wrapDecoding("a group", err)
	}
	if g.ID == "" || b.last.group != nil && g.ID <= b.last.group.group.ID {
		return errOrder
	}
	if g.State < GroupEmpty || g.State > GroupDead {
		return errRange
	}
	b.last.group = newGroupEntry(b.state.generation, g)
	b.last.offset, b.last.pending = "", ""
	b.state.groups.load(g.ID, b.last.group)
	return nil
}

func (b *restorer) takeOffset(d *decoder) error {
	o := decodeOffset(d)
	if err := d.end(); err != nil {
		return wrapDecoding("an offset", err)
	}
	key := placeKey(o.place())
	if !b.inGroup(o.Group) || b.last.pending != "" || key <= b.last.offset {
		return errOrder
	}
	if !b.state.hasPartition(o.place()) {
		return errNowhere
	}
	b.last.offset = key
	b.last.group.offsets.load(key, o)
	b.state.addReader(o.Topic, o.Group)
	b.state.offsets++
	return nil
}

func (b *restorer) takePending(d *decoder) error {
	o := decodePending(d)
	if err := d.end(); err != nil {
		return wrapDecoding("an offset in a transaction", err)
	}
	key := pendingKey(o.ProducerID, o.place())
	if !b.inGroup(o.Group) || o.ProducerID < 0 || key <= b.last.pending {
		return errOrder
	}
	if !b.state.hasPartition(o.place()) {
		return errNowhere
	}
	b.last.pending = key
	b.last.group.pending.load(key, o)
	b.state.addReader(o.Topic, o.Group)
	return nil
}

// inGroup reports whether a group's records are being read, and that group's.
func (b *restorer) inGroup(group string) bool {
	return b.stage == tagGroup && b.last.group.group.ID == group
}

func (b *restorer) takeTransaction(d *decoder) error {
	t := decodeTransaction(d)
	if err := d.end(); err != nil {
		return wrapDecoding("a transaction", err)
	}
	if t.ID <= b.last.transaction {
		return errOrder
	}
	if t.State < TransactionEmpty || t.State > TransactionCompleteAbort {
		return errRange
	}
	if !increasing(t.Partitions, PartitionKey.compare) || !increasing(t.Groups, cmp.Compare[string]) {
		return errOrder
	}
	for _, p := range t.Partitions {
		if !b.state.hasPartition(p) {
			return errNowhere
		}
	}
	b.last.transaction = t.ID
	b.state.transactions.load(t.ID, t)
	b.state.noteHolder(t.ID, nil, t.Partitions)
	return nil
}

func (b *restorer) takeSegment(d *decoder) error {
	s := decodeSegment(d)
	if err := d.end(); err != nil {
		return wrapDecoding("a segment", err)
	}
	key := segmentKey(s.SegmentKey)
	if key <= b.last.segment {
		return errOrder
	}
	if s.ID == "" || s.Kind < SegmentLog || s.Kind > SegmentParquet {
		return errRange
	}
	if !b.state.hasPartition(PartitionKey{s.Topic, s.Partition}) {
		return errNowhere
	}
	b.last.segment = key
	b.state.segments.load(key, s)
	return nil
}

// increasing reports whether a set is sorted and has nothing twice.
func increasing[T any](set []T, compare func(a, b T) int) bool {
	for i := 1; i < len(set); i++ {
		if compare(set[i-1], set[i]) >= 0 {
			return false
		}
	}
	return true
}
