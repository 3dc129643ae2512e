package peerport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"syscall"

	"github.com/chronik-stream/metalog/sdk"
)

// Listen takes the port. serve must be called, then close.
func Listen(ctx context.Context, cfg sdk.Config, protect *TLS, insecure bool) (net.Listener, error) {
	at := cfg.Listen
	if at == "" {
		at = cfg.Address
	}
	if err := checkExposure(at, protect != nil || insecure); err != nil {
		return nil, err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", at)
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, &sdk.Error{
			Reason: sdk.ReasonConflict, Err: err,
			Message: fmt.Sprintf("the peer port %s is taken by another process: stop that one, or choose another with --listen-peer", at),
		}
	}
	return nil, &sdk.Error{
		Reason: sdk.ReasonInvalidConfig, Field: "listen", Err: err,
		Message: fmt.Sprintf("can't listen for peers at %s: say where this machine can with --listen-peer", at),
	}
}

// checkExposure refuses a port that other machines reach unless that is
// protected, or was asked for.
func checkExposure(address string, allowed bool) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return invalid("listen", "%q isn't HOST:PORT", address)
	}
	if allowed || host == "localhost" || net.ParseIP(host).IsLoopback() {
		return nil
	}
	return invalid("listen", "other machines reach the peer port %s, and nothing protects it: "+
		"set the option tls (metalog tls init makes certificates), or insecure if the network is trusted", address)
}

// CheckPeerAddress refuses what no other node could dial.
func CheckPeerAddress(p sdk.Peer) error {
	host, port, err := net.SplitHostPort(p.Address)
	if err != nil || port == "" || port == "0" {
		return invalid("address", "%q of node %q isn't HOST:PORT", p.Address, p.NodeID)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		return invalid("address", "node %q can't be reached at %q: name a host", p.NodeID, p.Address)
	}
	return nil
}

// CheckAddresses refuses members that couldn't be told apart, and a node that the
// others couldn't reach.
func CheckAddresses(cfg sdk.Config) error {
	if cfg.Address == "" {
		return invalid("address", "this node needs an address that the others reach it at: make its directory with metalog init --peers")
	}
	seen := map[string]string{cfg.Address: cfg.NodeID}
	names := []string{cfg.NodeID}
	for _, p := range cfg.Peers {
		if slices.Contains(names, p.NodeID) {
			return invalid("peers", "two nodes are called %q: each needs a name of its own", p.NodeID)
		}
		if other, taken := seen[p.Address]; taken {
			return invalid("peers", "nodes %q and %q have the same address %s", other, p.NodeID, p.Address)
		}
		seen[p.Address], names = p.NodeID, append(names, p.NodeID)
	}
	return nil
}
