package main

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"unicode"

	"github.com/chronik-stream/metalog/sdk"
)

// parsePeers reads NAME=HOST:PORT of several nodes, each with a name and an
// address of its own.
func parsePeers(texts []string) ([]sdk.Peer, error) {
	var peers []sdk.Peer
	for _, text := range texts {
		if strings.ContainsFunc(text, unicode.IsSpace) {
			return nil, fmt.Errorf("--peers: %q has a space in it: write NAME=HOST:PORT,NAME=HOST:PORT", text)
		}
		name, address, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("--peers: %q isn't NAME=HOST:PORT", text)
		}
		if err := checkDialable(name, address); err != nil {
			return nil, fmt.Errorf("--peers: %w", err)
		}
		for _, p := range peers {
			if p.NodeID == name {
				return nil, fmt.Errorf("--peers: two nodes are called %s: each needs a name of its own", name)
			}
			if p.Address == address {
				return nil, fmt.Errorf("--peers: %s and %s have the same address %s: each listens at one of its own", p.NodeID, name, address)
			}
		}
		peers = append(peers, sdk.Peer{NodeID: name, Address: address})
	}
	return peers, nil
}

// checkDialable refuses what no other node could dial.
func checkDialable(node, address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%q of node %s isn't HOST:PORT", address, node)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return fmt.Errorf("%q of node %s has no port that can be dialled", address, node)
	}
	if ip := net.ParseIP(host); host == "" || host == "0" || ip != nil && ip.IsUnspecified() {
		return fmt.Errorf("nobody can dial %q: say at which host the others reach node %s. "+
			"To listen on all of its addresses, start it with --listen-peer %s", address, node, net.JoinHostPort("0.0.0.0", port))
	}
	return nil
}
