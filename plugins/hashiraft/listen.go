package hashiraft

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"syscall"

	"github.com/chronik-stream/metalog/sdk"
)

// listenPeers takes the port. serve must be called, then close.
func listenPeers(ctx context.Context, cfg sdk.Config, protect *peerTLS, insecure bool) (net.Listener, error) {
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

// checkPeerAddress refuses what no other node could dial.
func checkPeerAddress(p sdk.Peer) error {
	host, port, err := net.SplitHostPort(p.Address)
	if err != nil || port == "" || port == "0" {
		return invalid("address", "%q of node %q isn't HOST:PORT", p.Address, p.NodeID)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		return invalid("address", "node %q can't be reached at %q: name a host", p.NodeID, p.Address)
	}
	return nil
}

// certifying looks at the certificate before anything is remembered of a node:
// under a name that isn't its own it would have the true one refused.
type certifying struct {
	conn   net.Conn
	others acquaintances
}

func (c certifying) admit(node, directory string) *refusedError {
	if r := certified(c.conn, node); r != nil {
		return r
	}
	return c.others.admit(node, directory)
}

// certified refuses a node that shows another one's certificate. The handshake
// is over.
func certified(conn net.Conn, node string) *refusedError {
	c, ok := conn.(*tls.Conn)
	if !ok {
		return nil
	}
	leaf := c.ConnectionState().PeerCertificates[0]
	if slices.Contains(leaf.DNSNames, node) {
		return nil
	}
	return &refusedError{reason: fmt.Sprintf("node %q shows a certificate for %s: make one that holds its name (metalog tls init --node %s=HOST)",
		node, strings.Join(leaf.DNSNames, ", "), node)}
}
