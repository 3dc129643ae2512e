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
	pids, kin := maps.Clone(n.pids), slices.Collect(maps.Keys(n.kin))
	n.mu.Unlock()
	for _, some := range [][]int{slices.Sorted(maps.Keys(pids)), kin, processes()} {
		for _, pid := range some {
			if name, ok := nodeOf(pid, pids); ok && holds(pid, inode) {
				n.meet(pid)
				return name, nil
			}
		}
	}
	return "", fmt.Errorf("the socket at %v belongs to none of the processes %v, nor to their children", from, slices.Sorted(maps.Keys(pids)))
}

// meet notes a process that dials for a node, to be looked at first the next time.
func (n *Net) meet(pid int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, itself := n.pids[pid]; !itself {
		n.kin[pid] = struct{}{}
	}
}

func endOf(a net.Addr) netip.AddrPort {
	at := a.(*net.TCPAddr).AddrPort()
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
}
