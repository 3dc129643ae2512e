package hashiraft_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/certs"
	"github.com/chronik-stream/metalog/sdk"
)

// useTLS gives the nodes certificates of a CA, and returns it.
func (c *cluster) useTLS(nodes ...string) certs.CA {
	c.t.Helper()
	dir := c.t.TempDir()
	ca, err := certs.NewCA("test", time.Hour, time.Now())
	require.NoError(c.t, err)
	require.NoError(c.t, ca.Save(dir))
	for _, name := range nodes {
		pair, err := ca.Issue(certs.Node{Name: name, Hosts: []string{"127.0.0.1"}}, time.Hour, time.Now())
		require.NoError(c.t, err)
		require.NoError(c.t, pair.Save(dir, name))
		c.nodes[name].options = withTLS(dir, name)
	}
	return ca
}

func withTLS(dir, name string) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"heartbeat_timeout": "300ms", "election_timeout": "300ms", "tls": {"ca": %q, "cert": %q, "key": %q}}`,
		filepath.Join(dir, "ca.crt"), filepath.Join(dir, name+".crt"), filepath.Join(dir, name+".key")))
}

func TestClusterOverTLS(t *testing.T) {
	c := newCluster(t, 3)
	c.useTLS("n1", "n2", "n3")
	for _, n := range c.nodes {
		n.open()
	}
	for _, n := range c.nodes {
		n.ready()
		n.write("by %s", n.name)
		require.NoError(t, n.barrier())
	}
	c.same()
}

// Whoever can't show a certificate of the CA, or shows another node's, takes no
// part, and disturbs nobody.
func TestTLSThatDoesNotMatch(t *testing.T) {
	for name, spoil := range map[string]func(c *cluster){
		"none":            func(c *cluster) { c.nodes["n3"].options = json.RawMessage(quick) },
		"of another CA":   func(c *cluster) { c.useTLS("n3") },
		"of another node": func(c *cluster) { c.nodes["n3"].options = c.nodes["n2"].options },
	} {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t, 3)
			c.useTLS("n1", "n2", "n3")
			spoil(c)
			for _, n := range c.nodes {
				n.open()
			}
			for _, n := range []string{"n1", "n2"} {
				c.nodes[n].ready()
				c.nodes[n].write("by %s", n)
			}
			require.Error(t, c.nodes["n3"].propose("by the stranger"))
			require.Empty(t, c.nodes["n3"].entries())
			require.Len(t, c.nodes["n1"].entries(), 2)
		})
	}
}

// Of a node that shows another one's certificate nothing is remembered: the true
// one is let in afterwards.
func TestTLSImpostorIsForgotten(t *testing.T) {
	c := newCluster(t, 3)
	c.useTLS("n1", "n2", "n3")
	right := c.nodes["n3"].options
	c.nodes["n3"].options = c.nodes["n2"].options
	for _, n := range c.nodes {
		n.open()
	}
	c.nodes["n1"].ready()
	require.Error(t, c.nodes["n3"].propose("by the impostor"))
	c.nodes["n3"].close()
	require.NoError(t, os.RemoveAll(c.dirOf("n3")))
	n3 := c.init(sdk.Peer{NodeID: "n3", Address: c.addressOf("n3")}, sdk.StartNew)
	n3.options = right
	n3.open()
	n3.ready()
	n3.write("by the true one")
}
