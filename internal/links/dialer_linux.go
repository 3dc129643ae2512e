package links

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
)

const tellsDialers = true

// dialer says which node's process holds the other end of c.
func (n *Net) dialer(c *net.TCPConn) (string, error) {
	from, to := endOf(c.RemoteAddr()), endOf(c.LocalAddr())
	inode, err := inodeOf(from, to)
	if err != nil {
		return "", err
	}
	n.mu.Lock()
	pids := maps.Clone(n.pids)
	n.mu.Unlock()
	for _, pid := range slices.Sorted(maps.Keys(pids)) {
		if holds(pid, inode) {
			return pids[pid], nil
		}
	}
	for pid, name := range relatives(pids) {
		if holds(pid, inode) {
			return name, nil
		}
	}
	return "", fmt.Errorf("the socket at %v belongs to none of the processes %v, nor to their children", from, slices.Sorted(maps.Keys(pids)))
}

func endOf(a net.Addr) netip.AddrPort {
	at := a.(*net.TCPAddr).AddrPort()
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
}
