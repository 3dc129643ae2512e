package clustertest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/certs"
	"github.com/chronik-stream/metalog/sdk"
)

// useTLS gives the nodes certificates of a CA, and returns it.
func (c *Cluster) useTLS(nodes ...string) certs.CA {
	c.T.Helper()
	dir := c.T.TempDir()
	ca, err := certs.NewCA("test", time.Hour, time.Now())
	require.NoError(c.T, err)
	require.NoError(c.T, ca.Save(dir))
	for _, name := range nodes {
		pair, err := ca.Issue(certs.Node{Name: name, Hosts: []string{"127.0.0.1"}}, time.Hour, time.Now())
		require.NoError(c.T, err)
		require.NoError(c.T, pair.Save(dir, name))
		c.Nodes[name].Options = c.withTLS(dir, name)
	}
	return ca
}

func (k Kind) withTLS(dir, name string) json.RawMessage {
	return k.With("tls", map[string]string{
		"ca": filepath.Join(dir, "ca.crt"), "cert": filepath.Join(dir, name+".crt"), "key": filepath.Join(dir, name+".key"),
	})
}

func testClusterOverTLS(t *testing.T, kind Kind) {
	t.Helper()
	c := NewCluster(t, kind, 3)
	c.useTLS("n1", "n2", "n3")
	for _, n := range c.Nodes {
		n.Open()
	}
	for _, n := range c.Nodes {
		n.Ready()
		n.Write("by %s", n.Name)
		require.NoError(t, n.Barrier())
	}
	c.Same()
}

// Whoever can't show a certificate of the CA, or shows another node's, takes no
// part, and disturbs nobody.
func testTLSThatDoesNotMatch(t *testing.T, kind Kind) {
	t.Helper()
	for name, spoil := range map[string]func(c *Cluster){
		"none":            func(c *Cluster) { c.Nodes["n3"].Options = json.RawMessage(c.Options) },
		"of another CA":   func(c *Cluster) { c.useTLS("n3") },
		"of another node": func(c *Cluster) { c.Nodes["n3"].Options = c.Nodes["n2"].Options },
	} {
		t.Run(name, func(t *testing.T) {
			c := NewCluster(t, kind, 3)
			c.useTLS("n1", "n2", "n3")
			spoil(c)
			for _, n := range c.Nodes {
				n.Open()
			}
			for _, n := range []string{"n1", "n2"} {
				c.Nodes[n].Ready()
				c.Nodes[n].Write("by %s", n)
			}
			require.Error(t, c.Nodes["n3"].Propose("by the stranger"))
			require.Empty(t, c.Nodes["n3"].Entries())
			require.NoError(t, c.Nodes["n1"].Barrier())
			require.Len(t, c.Nodes["n1"].Entries(), 2)
		})
	}
}

// Of a node that shows another one's certificate nothing is remembered: the true
// one is let in afterwards.
func testTLSImpostorIsForgotten(t *testing.T, kind Kind) {
	t.Helper()
	c := NewCluster(t, kind, 3)
	c.useTLS("n1", "n2", "n3")
	right := c.Nodes["n3"].Options
	c.Nodes["n3"].Options = c.Nodes["n2"].Options
	for _, n := range c.Nodes {
		n.Open()
	}
	c.Nodes["n1"].Ready()
	require.Error(t, c.Nodes["n3"].Propose("by the impostor"))
	c.Nodes["n3"].Close()
	require.NoError(t, os.RemoveAll(c.DirOf("n3")))
	n3 := c.Init(sdk.Peer{NodeID: "n3", Address: c.AddressOf("n3")}, sdk.StartNew)
	n3.Options = right
	n3.Open()
	n3.Ready()
	n3.Write("by the true one")
}
