package plugin

// window counts what is on its way to the host's state. It has no lock.
type window struct {
	maxEntries, maxBytes int
	entries, bytes       int
	charges              []charge // by position, oldest first
}

type charge struct {
	position       uint64
	entries, bytes int
}

func (w *window) fits(bytes int) bool {
	return w.entries < w.maxEntries && w.bytes+bytes <= w.maxBytes
}

func (w *window) add(position uint64, bytes int) {
	w.entries++
	w.bytes += bytes
	if n := len(w.charges); n > 0 && w.charges[n-1].position == position {
		w.charges[n-1].entries++
		w.charges[n-1].bytes += bytes
		return
	}
	w.charges = append(w.charges, charge{position: position, entries: 1, bytes: bytes})
}

// release gives back everything up to position.
func (w *window) release(position uint64) {
	for len(w.charges) > 0 && w.charges[0].position <= position {
		w.entries -= w.charges[0].entries
		w.bytes -= w.charges[0].bytes
		w.charges = w.charges[1:]
	}
}
