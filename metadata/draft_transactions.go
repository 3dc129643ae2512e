package metadata

func (d *Draft) setTransaction(t *Transaction) {
	if old, had := d.state.transactions.set(t.ID, t); had {
		d.forget(hashOf(&d.enc, encodeTransaction, old))
		d.changed(old, t)
	} else {
		d.changed(nil, t)
	}
	d.record(hashOf(&d.enc, encodeTransaction, t))
	d.state.noteOpen(t)
}
