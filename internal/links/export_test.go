package links

// Connections counts the ends that the network holds.
func (n *Net) Connections() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.conns)
}
