package nodes_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/nodes"
)

// told is what a cluster's callbacks were told.
type told struct {
	mu    sync.Mutex
	lines []string
}

func (o *told) add(node, line string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lines = append(o.lines, node+" "+line)
}

func (o *told) all() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]string(nil), o.lines...)
}

func TestLifeOfNodes(t *testing.T) {
	var out, ended told
	cfg := config(t, "")
	cfg.Output, cfg.Ended = out.add, ended.add
	c := start(t, cfg)
	require.NoError(t, c.WaitReady(soon(t)))
	require.Len(t, c.Nodes(), 2)
	require.Nil(t, c.Node("n3"))
	n := c.Node("n1")
	require.Equal(t, n.Peer(), c.Links().Addresses("n1").Advertised)
	require.FileExists(t, filepath.Join(n.Dir(), "IDENTITY"))
	require.True(t, n.Running())

	require.NoError(t, n.Stop(soon(t)))
	require.False(t, n.Running())
	require.Contains(t, ended.all(), "n1 exit status 0")
	require.Contains(t, out.all(), "n1 node n1")
	require.NoError(t, n.Stop(soon(t)), "one that is stopped")
	require.NoError(t, n.Kill(nodes.Both), "one that is stopped")
	require.ErrorContains(t, n.Freeze(nodes.Host), "isn't running")

	require.NoError(t, n.Start())
	require.NoError(t, n.WaitReady(soon(t)))
	plugins := n.PluginPIDs()
	require.Len(t, plugins, 1)
	require.NoError(t, n.Kill(nodes.Plugin))
	require.True(t, n.Running(), "this host doesn't mind")
	require.NoError(t, n.Kill(nodes.Host))
	require.Contains(t, ended.all(), "n1 signal: killed")

	joined, err := c.Join("n9")
	require.NoError(t, err)
	require.False(t, joined.Running())
	require.ErrorContains(t, joined.WaitReady(soon(t)), "was never started")
	identity, err := os.ReadFile(filepath.Join(joined.Dir(), "IDENTITY"))
	require.NoError(t, err)
	require.Contains(t, string(identity), `"join"`)
	require.Contains(t, string(identity), n.Peer())
	_, err = c.Join("n9")
	require.ErrorContains(t, err, "can't be added")
}

func TestFrozenNode(t *testing.T) {
	c := start(t, config(t, ""))
	require.NoError(t, c.WaitReady(soon(t)))
	n := c.Node("n2")
	require.NoError(t, n.Freeze(nodes.Both))
	moment, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, n.WaitReady(moment), context.DeadlineExceeded)
	require.NoError(t, n.Thaw(nodes.Both))
	require.NoError(t, n.WaitReady(soon(t)))
	require.NoError(t, n.Freeze(nodes.Both)) // Close has to thaw it
}

// One that doesn't end is killed, with its plugin, and that is an error.
func TestDeafNode(t *testing.T) {
	cfg := config(t, deaf)
	cfg.Nodes = 1
	c, err := nodes.Start(t.Context(), cfg)
	require.NoError(t, err)
	require.NoError(t, c.WaitReady(soon(t)))
	plugin := c.Node("n1").PluginPIDs()[0]
	moment, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.ErrorContains(t, c.Close(moment), "n1 didn't stop and was killed")
	require.False(t, c.Node("n1").Running())
	require.True(t, ended(plugin))
}

func TestBrokenNode(t *testing.T) {
	c, err := nodes.Start(t.Context(), config(t, broken))
	require.NoError(t, err)
	var end *nodes.EndedError
	require.ErrorAs(t, c.WaitReady(soon(t)), &end)
	require.Equal(t, "exit status 1", end.How)
	require.Contains(t, end.Last, "error: the disk is on fire", "the last line has no end")
	for _, n := range c.Nodes() {
		<-n.Exited()
	}
	require.NoError(t, c.Close(soon(t)))
}

func listens(address string) bool {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

func TestUnwellNode(t *testing.T) {
	c := start(t, config(t, unwell))
	for _, n := range c.Nodes() {
		require.Eventually(t, func() bool { return listens(n.HTTP()) }, patience, 5*time.Millisecond)
	}
	moment, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	require.ErrorContains(t, c.WaitReady(moment), "it is unwell")
}

// A cluster goes on with its directories; one that is lost isn't made anew in silence.
func TestKeptDirectories(t *testing.T) {
	cfg := config(t, "")
	for range 2 {
		c, err := nodes.Start(t.Context(), cfg)
		require.NoError(t, err)
		require.NoError(t, c.WaitReady(soon(t)))
		require.NoError(t, c.Close(soon(t)))
	}
	require.NoError(t, os.RemoveAll(filepath.Join(cfg.Dir, "n2")))
	_, err := nodes.Start(t.Context(), cfg)
	require.ErrorContains(t, err, "the data of n2 is gone")
	require.NoDirExists(t, filepath.Join(cfg.Dir, "n2"))
}

func TestFixedPorts(t *testing.T) {
	base := freeBase(t)
	taken, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(base+11)))
	require.NoError(t, err)
	cfg := config(t, "")
	cfg.BasePort = base
	_, err = nodes.Start(t.Context(), cfg)
	var port *nodes.PortError
	require.ErrorAs(t, err, &port)
	require.Equal(t, base+11, port.Port)
	require.Equal(t, "n2", port.Node)
	require.NoError(t, taken.Close())

	c := start(t, cfg)
	require.Equal(t, "127.0.0.1:"+strconv.Itoa(base+10), c.Node("n2").GRPC())
	require.Equal(t, "127.0.0.1:"+strconv.Itoa(base+12), c.Node("n2").Peer())
	require.NoError(t, c.WaitReady(soon(t)))
}

func TestNoCluster(t *testing.T) {
	for name, spoil := range map[string]func(*nodes.Config){
		"a cluster of 0 nodes":      func(c *nodes.Config) { c.Nodes = 0 },
		"isn't replicated":          func(c *nodes.Config) { c.Identity.Claims = nil },
		"needs a directory":         func(c *nodes.Config) { c.Dir = "" },
		"none above 65535":          func(c *nodes.Config) { c.BasePort = 65530 },
		"no such file or directory": func(c *nodes.Config) { c.Executable = "/nothing/there" },
		"not a directory":           func(c *nodes.Config) { c.Dir = os.Args[0] },
	} {
		cfg := config(t, "")
		spoil(&cfg)
		_, err := nodes.Start(t.Context(), cfg)
		require.ErrorContains(t, err, name)
	}
}

// freeBase is a port with room above it, below those that systems give away.
func freeBase(t *testing.T) int {
	t.Helper()
	for base := 20000 + os.Getpid()%900*10; base < 32000; base += 40 {
		if allFree(base) {
			return base
		}
	}
	require.FailNow(t, "no port is free")
	return 0
}

func allFree(base int) bool {
	for port := base; port < base+40; port++ {
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			return false
		}
		_ = l.Close()
	}
	return true
}

// ended reports whether a process is over, if not reaped.
func ended(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err != nil || strings.Contains(string(stat), ") Z ")
}
