package clustertest

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

// pipe carries connections to a node, and can lose those that there are: nothing
// comes through them any more, and nobody is told.
type pipe struct {
	listener net.Listener
	to       string
	work     sync.WaitGroup

	mu   sync.Mutex
	all  []net.Conn
	lost chan struct{} // closed: the connections up to now are
}

func newPipe(t *testing.T, to string) *pipe {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &pipe{listener: l, to: to, lost: make(chan struct{})}
	p.work.Go(p.accept)
	t.Cleanup(p.close)
	return p
}

func (p *pipe) accept() {
	for {
		near, err := p.listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", p.to)
		if err != nil {
			_ = near.Close()
			continue
		}
		p.mu.Lock()
		p.all = append(p.all, near, far)
		lost := p.lost
		p.mu.Unlock()
		p.work.Go(func() { carry(far, near, lost) })
		p.work.Go(func() { carry(near, far, lost) })
	}
}

func carry(to, from net.Conn, lost <-chan struct{}) {
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		select {
		case <-lost:
			_, _ = io.Copy(io.Discard, from)
			return
		default:
		}
		if _, failed := to.Write(buf[:n]); err != nil || failed != nil {
			_ = to.Close()
			return
		}
	}
}

func (p *pipe) lose() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.lost)
	p.lost = make(chan struct{})
}

func (p *pipe) close() {
	_ = p.listener.Close()
	p.mu.Lock()
	for _, c := range p.all {
		_ = c.Close()
	}
	p.mu.Unlock()
	p.work.Wait()
}

// A connection that the network has lost without a word is given up, and what is
// asked of the leader goes through another one.
func testLostConnectionToTheLeader(t *testing.T, kind Kind) {
	t.Helper()
	if testing.Short() {
		t.Skip("not shown: that a lost connection is given up (it takes more than ten seconds)")
	}
	c := Empty(t, kind)
	pipes, listen := map[string]*pipe{}, map[string]string{}
	for _, name := range []string{"n1", "n2"} {
		listen[name] = FreeAddress(t)
		pipes[name] = newPipe(t, listen[name])
		c.Peers = append(c.Peers, sdk.Peer{NodeID: name, Address: pipes[name].listener.Addr().String()})
	}
	for _, p := range c.Peers {
		n := c.Init(p, sdk.StartNew)
		cfg := n.Config()
		cfg.Listen = listen[p.NodeID]
		require.NoError(t, n.TryOpen(cfg))
	}
	for _, n := range c.Nodes {
		n.Ready()
	}
	f, leader := c.Follower(), c.Leader()
	f.Write("before")
	pipes[leader.Name].lose()
	require.Eventually(t, func() bool { return f.Propose("after") == nil }, 30*time.Second, 10*time.Millisecond)
	require.NoError(t, f.Barrier())
}
