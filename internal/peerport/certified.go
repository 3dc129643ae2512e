package peerport

import (
	"crypto/tls"
	"fmt"
	"net"
	"slices"
	"strings"
)

// certifying looks at the certificate before anything is remembered of a node:
// under a name that isn't its own it would have the true one refused.
type certifying struct {
	conn   net.Conn
	others Acquaintances
}

func (c certifying) Admit(node, directory string) *RefusedError {
	if r := certified(c.conn, node); r != nil {
		return r
	}
	return c.others.Admit(node, directory)
}

// certified refuses a node that shows another one's certificate. The handshake
// is over.
func certified(conn net.Conn, node string) *RefusedError {
	c, ok := conn.(*tls.Conn)
	if !ok {
		return nil
	}
	leaf := c.ConnectionState().PeerCertificates[0]
	if slices.Contains(leaf.DNSNames, node) {
		return nil
	}
	return &RefusedError{Reason: fmt.Sprintf("node %q shows a certificate for %s: make one that holds its name (metalog tls init --node %s=HOST)",
		node, strings.Join(leaf.DNSNames, ", "), node)}
}
