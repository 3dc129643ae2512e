package host

// EncodeEntry lets tests deliver what no host would propose.
var EncodeEntry = encodeEntry

// Marks counts the high watermarks that are remembered.
func (s *Store) Marks() int {
	m := s.seam.watermarks()
	m.mu.RLock()
	defer m.mu.RUnlock()
	return len(m.byPlace)
}
