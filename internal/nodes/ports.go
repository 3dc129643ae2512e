package nodes

import (
	"context"
	"fmt"
	"net"
	"strconv"

	"github.com/chronik-stream/metalog/internal/links"
)

// PortError is a port that a node was to have and another process has.
type PortError struct {
	Port int
	Node string
	Use  string // what the node wants it for
	Err  error
}

func (e *PortError) Error() string {
	return fmt.Sprintf("port %d, for %s of %s, can't be had: %v", e.Port, e.Use, e.Node, e.Err)
}

func (e *PortError) Unwrap() error { return e.Err }

// addresses are all of one node's.
type addresses struct {
	grpc, http string
	peer       links.Addresses
}

// fixed are the addresses of node i above base.
func fixed(base, i int) addresses {
	at := func(k int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(base+portStep*i+k)) }
	return addresses{grpc: at(0), http: at(1), peer: links.Addresses{Advertised: at(2), Listen: at(3)}}
}

// free asks whether node name could have its ports now.
func (a addresses) free(ctx context.Context, name string) error {
	for _, use := range []struct{ what, address string }{
		{"gRPC", a.grpc}, {"HTTP", a.http}, {"the peers", a.peer.Advertised}, {"the links to the peers", a.peer.Listen},
	} {
		var lc net.ListenConfig
		l, err := lc.Listen(ctx, "tcp", use.address)
		if err == nil {
			err = l.Close()
		}
		if err != nil {
			return &PortError{Port: portOf(use.address), Node: name, Use: use.what, Err: err}
		}
	}
	return nil
}

func portOf(address string) int {
	_, port, _ := net.SplitHostPort(address)
	n, _ := strconv.Atoi(port) // addresses of ours have numbers
	return n
}

// anywhere finds a node's API a place that nobody else has.
func anywhere() (grpc, http string, err error) {
	if grpc, err = links.Free(); err == nil {
		http, err = links.Free()
	}
	return grpc, http, err
}
