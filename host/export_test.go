package host

// EncodeEntry lets tests deliver what no host would propose.
var EncodeEntry = encodeEntry

// NewerFrame is a snapshot of a format that isn't known yet.
var NewerFrame = newerFrame

// LimitHistory bounds what watchers can read without being told the state.
func (b *Bare) LimitHistory(messages, records int) {
	b.core.feed.limit, b.core.feed.recordLimit = messages, records
}

// Marks counts the high watermarks that are remembered.
func (s *Store) Marks() int {
	m := s.seam.watermarks()
	m.mu.RLock()
	defer m.mu.RUnlock()
	return len(m.byPlace)
}
