package metadata

// Revision is the last event's. Only the goroutine that owns the draft asks.
func (d *Draft) Revision() uint64 { return d.state.revision }

// Digest is what the state's would be if the draft ended here: a host compares
// digests at the end of each entry, and publishes a state for many. Only the
// goroutine that owns the draft asks.
func (d *Draft) Digest() Digest { return d.state.Digest() }
