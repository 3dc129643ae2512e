package links

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"slices"
	"sync"
	"sync/atomic"
)

// Addresses are the two ends of the proxy before one node.
type Addresses struct {
	Advertised string // where the other nodes dial; the proxy listens there
	Listen     string // where the node itself listens
}

// Net is the network between the nodes of one cluster. Any number of goroutines may
// use it; whoever made it closes it.
type Net struct {
	log  atomic.Pointer[slog.Logger]
	ctx  context.Context // ends with Close
	stop context.CancelFunc
	work sync.WaitGroup // accept loops and connections

	mu      sync.Mutex
	nodes   map[string]*node
	pids    map[int]string   // whose process it is
	kin     map[int]struct{} // processes of no node that have dialed for one
	conns   map[*net.TCPConn]struct{}
	rules   rules
	changed chan struct{} // closed, and replaced, when rules change
}

type node struct {
	addresses Addresses
	listener  *net.TCPListener
}

// New makes a network of these nodes, on loopback addresses that nobody else has.
func New(nodes ...string) (*Net, error) {
	n := empty()
	for _, name := range nodes {
		if _, err := n.Join(name); err != nil {
			return nil, errors.Join(err, n.Close())
		}
	}
	return n, nil
}

// Over is New for nodes that have their addresses already, in HOST:PORT.
func Over(nodes map[string]Addresses) (*Net, error) {
	n := empty()
	for _, name := range slices.Sorted(maps.Keys(nodes)) {
		if err := n.add(name, nodes[name]); err != nil {
			return nil, errors.Join(err, n.Close())
		}
	}
	return n, nil
}

func empty() *Net {
	n := &Net{
		nodes: map[string]*node{}, pids: map[int]string{}, kin: map[int]struct{}{},
		conns: map[*net.TCPConn]struct{}{}, changed: make(chan struct{}),
	}
	n.ctx, n.stop = context.WithCancel(context.Background())
	n.LogTo(slog.New(slog.DiscardHandler))
	return n
}

// LogTo says who hears of connections that were refused; before the first call,
// nobody.
func (n *Net) LogTo(log *slog.Logger) { n.log.Store(log) }

// Join adds a node, on loopback addresses of its own. While the network is parted
// it reaches nobody.
func (n *Net) Join(name string) (Addresses, error) {
	a, err := allocate()
	if err != nil {
		return a, fmt.Errorf("addresses for node %s: %w", name, err)
	}
	if err := n.add(name, a); err != nil {
		return a, err
	}
	return n.Addresses(name), nil
}

// add listens for name. A port 0 is replaced by the one that it gets.
func (n *Net) add(name string, a Addresses) error {
	l, err := listen(a.Advertised)
	if err != nil {
		return fmt.Errorf("listening for node %s: %w", name, err)
	}
	a.Advertised = l.Addr().String()
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, twice := n.nodes[name]; twice || name == Anyone || n.ctx.Err() != nil {
		return errors.Join(fmt.Errorf("node %q can't be added: it has no name, is there already, or the network is closed", name), l.Close())
	}
	added := &node{a, l}
	n.nodes[name] = added
	n.work.Go(func() { n.accept(name, added) })
	return nil
}

func listen(address string) (*net.TCPListener, error) {
	a, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return nil, err
	}
	return net.ListenTCP("tcp", a)
}

// Addresses of a node; empty ones if there is no such node.
func (n *Net) Addresses(name string) Addresses {
	n.mu.Lock()
	defer n.mu.Unlock()
	if there, ok := n.nodes[name]; ok {
		return there.addresses
	}
	return Addresses{}
}

// SetPID says that what process pid dials, and what its children and its process
// group dial, is dialed by node name. It is called before the process dials, for
// each process that a node has.
func (n *Net) SetPID(name string, pid int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.pids[pid] = name
}

// Close ends all connections and waits until nothing of the network is left.
func (n *Net) Close() error {
	n.stop()
	n.mu.Lock()
	for _, there := range n.nodes {
		_ = there.listener.Close() // a second Close finds it closed
	}
	for c := range n.conns {
		_ = c.Close() // its goroutines end, and close it again
	}
	n.mu.Unlock()
	n.work.Wait()
	return nil
}
