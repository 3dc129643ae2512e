package metadata

// group is the entry of a group that is about to change; nil if there is none.
func (d *Draft) group(id string) *groupEntry {
	e := d.state.groups.get(id)
	if e == nil || e.generation == d.state.generation {
		return e
	}
	e = e.copyFor(d.state.generation)
	d.state.groups.set(id, e)
	return e
}

// setGroup puts a group into its place. One that was there keeps its offsets.
func (d *Draft) setGroup(g *Group) {
	if e := d.group(g.ID); e != nil {
		d.forget(hashOf(&d.enc, encodeGroup, e.group))
		d.changed(e.group, g)
		e.group = g
	} else {
		d.state.groups.set(g.ID, newGroupEntry(d.state.generation, g))
		d.changed(nil, g)
	}
	d.record(hashOf(&d.enc, encodeGroup, g))
}

// deleteGroup removes a group and everything that was committed for it.
func (d *Draft) deleteGroup(id string) {
	e := d.group(id)
	if e == nil {
		return
	}
	d.clearOffsets(e)
	d.forget(hashOf(&d.enc, encodeGroup, e.group))
	d.changed(e.group, nil)
	d.state.groups.remove(id)
}

// clearOffsets removes everything that was committed for a group.
func (d *Draft) clearOffsets(e *groupEntry) {
	for o := range e.offsets.all() {
		d.forget(hashOf(&d.enc, encodeOffset, o))
		d.changed(o, nil)
		d.state.noReader(o.Topic, o.Group)
	}
	for o := range e.pending.all() {
		d.forget(hashOf(&d.enc, encodePending, o))
		d.changed(o, nil)
		d.state.noReader(o.Topic, o.Group)
	}
	d.state.offsets -= e.offsets.len()
	e.offsets, e.pending = newTable[string, *Offset](), newTable[string, *PendingOffset]()
}

// setOffset stores what was committed for a group, whose entry is the draft's.
// o, which nobody else has yet, is as old as the one whose place it takes.
func (d *Draft) setOffset(e *groupEntry, o *Offset) {
	old, had := e.offsets.set(placeKey(o.place()), o)
	if had {
		o.CreatedRevision = old.CreatedRevision
		d.forget(hashOf(&d.enc, encodeOffset, old))
		d.changed(old, o)
	} else {
		d.state.offsets++
		d.changed(nil, o)
		d.state.addReader(o.Topic, o.Group)
	}
	d.record(hashOf(&d.enc, encodeOffset, o))
}

func (d *Draft) deleteOffset(e *groupEntry, o *Offset) {
	d.forget(hashOf(&d.enc, encodeOffset, o))
	d.changed(o, nil)
	d.state.offsets--
	e.offsets.remove(placeKey(o.place()))
}

// setPending stores what was committed for a group in a transaction.
func (d *Draft) setPending(e *groupEntry, o *PendingOffset) {
	old, had := e.pending.set(pendingKey(o.ProducerID, o.place()), o)
	if had {
		d.forget(hashOf(&d.enc, encodePending, old))
		d.changed(old, o)
	} else {
		d.changed(nil, o)
		d.state.addReader(o.Topic, o.Group)
	}
	d.record(hashOf(&d.enc, encodePending, o))
}

func (d *Draft) deletePending(e *groupEntry, o *PendingOffset) {
	d.forget(hashOf(&d.enc, encodePending, o))
	d.changed(o, nil)
	e.pending.remove(pendingKey(o.ProducerID, o.place()))
}

func (o *Offset) place() PartitionKey        { return PartitionKey{o.Topic, o.Partition} }
func (o *PendingOffset) place() PartitionKey { return PartitionKey{o.Topic, o.Partition} }
