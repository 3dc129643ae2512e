package peerport_test

import (
	"log/slog"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/certs"
	"github.com/chronik-stream/metalog/internal/peerport"
	"github.com/chronik-stream/metalog/sdk"
)

const (
	engine peerport.Kind = 'e'
	asking peerport.Kind = 'a'
)

// node is a port with what it was told of.
type node struct {
	*peerport.Port
	at string

	mu       sync.Mutex
	refusals []peerport.RefusedError
}

// open serves until the test ends. change may be nil.
func open(t *testing.T, name string, change func(*peerport.Options)) *node {
	t.Helper()
	n := &node{}
	with := peerport.Options{
		Me:     peerport.Greeting{Cluster: "c", Node: name, Directory: "d-" + name},
		Others: met(nil, 0), Kinds: []peerport.Kind{engine, asking},
		NameOf: func(string) string { return "" }, OnRefuse: n.note, Log: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&with)
	}
	listener, err := peerport.Listen(t.Context(), sdk.Config{Address: "127.0.0.1:0"}, with.TLS, false)
	require.NoError(t, err)
	n.at = listener.Addr().String()
	with.Listener, with.Address = listener, n.at
	n.Port = peerport.Serve(with)
	t.Cleanup(func() { _ = n.Close() })
	return n
}

func (n *node) note(r *peerport.RefusedError) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.refusals = append(n.refusals, *r)
}

// told waits until the node has been told of a refusal.
func (n *node) told(t *testing.T) peerport.RefusedError {
	t.Helper()
	var first peerport.RefusedError
	require.Eventually(t, func() bool {
		n.mu.Lock()
		defer n.mu.Unlock()
		if len(n.refusals) == 0 {
			return false
		}
		first = n.refusals[0]
		return true
	}, 10*time.Second, time.Millisecond)
	return first
}

// reaches has one node dial another, and returns both ends.
func reaches(t *testing.T, from, to *node, k peerport.Kind) (near, far net.Conn) {
	t.Helper()
	near, err := from.Dial(t.Context(), to.at, k)
	require.NoError(t, err)
	far, err = to.Lane(k).Accept()
	require.NoError(t, err)
	return near, far
}

// certificates are those of nodes called names, by the name in them.
func certificates(t *testing.T, names ...string) map[string]*peerport.TLS {
	t.Helper()
	dir := t.TempDir()
	ca, err := certs.NewCA("test", time.Hour, time.Now())
	require.NoError(t, err)
	require.NoError(t, ca.Save(dir))
	all := map[string]*peerport.TLS{}
	for _, name := range names {
		pair, err := ca.Issue(certs.Node{Name: name, Hosts: []string{"127.0.0.1"}}, time.Hour, time.Now())
		require.NoError(t, err)
		require.NoError(t, pair.Save(dir, name))
		all[name], err = peerport.OpenTLS(peerport.TLSFiles{
			CA: filepath.Join(dir, "ca.crt"), Cert: filepath.Join(dir, name+".crt"), Key: filepath.Join(dir, name+".key"),
		}, slog.New(slog.DiscardHandler), time.Now)
		require.NoError(t, err)
	}
	return all
}
