package metadata

func (d *Draft) setTransaction(t *Transaction) {
	var held []PartitionKey
	if old, had := d.state.transactions.set(t.ID, t); had {
		d.forget(hashOf(&d.enc, encodeTransaction, old))
		d.changed(old, t)
		held = old.Partitions
	} else {
		d.changed(nil, t)
	}
	d.record(hashOf(&d.enc, encodeTransaction, t))
	d.state.noteHolder(t.ID, held, t.Partitions)
}
