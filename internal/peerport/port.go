package peerport

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"
)

// Kind is what a connection is for, its first byte. Which there are is the
// backend's to say; no two backends share one, so that nodes of different
// backends refuse each other.
type Kind byte

// Options are what a port is made of. Everything is needed but TLS.
type Options struct {
	Listener net.Listener // from Listen; the port closes it
	Address  string       // advertised
	TLS      *TLS         // nil: none
	Others   Acquaintances
	Me       Greeting
	Kinds    []Kind                      // what is let in
	NameOf   func(address string) string // of the member there; empty: not known. Any goroutine calls it
	OnRefuse func(*RefusedError)         // told of each refusal, by either side. Any goroutine calls it; it may not wait for Close
	Log      *slog.Logger
}

// Port is the one port that nodes reach each other on. It sorts what comes in
// by its first byte, and lets in only nodes of this cluster. With TLS, that
// comes before the first byte. Any goroutine may use it.
type Port struct {
	with     Options
	lanes    map[Kind]*Lane
	greeting chan struct{}   // taken by each that says who it is, or waits to be taken up
	life     context.Context // ends with the port
	end      context.CancelFunc

	mu    sync.Mutex
	conns map[net.Conn]struct{}
	shut  bool
	work  sync.WaitGroup
}

// maxGreetings is how many connections may be about to say who they are at once.
const maxGreetings = 256

// Serve accepts connections until Close, which must be called. Those of a kind
// that nobody accepts from its lane wait there.
func Serve(with Options) *Port {
	p := &Port{
		with: with, lanes: make(map[Kind]*Lane),
		conns: make(map[net.Conn]struct{}), greeting: make(chan struct{}, maxGreetings),
	}
	for _, k := range with.Kinds {
		p.lanes[k] = newLane(with.Listener.Addr())
	}
	p.life, p.end = context.WithCancel(context.Background())
	p.work.Go(p.accept)
	return p
}

// Lane is where connections of a kind come out; nil for one that isn't of
// Options.Kinds.
func (p *Port) Lane(k Kind) *Lane { return p.lanes[k] }

// Life ends with the port.
func (p *Port) Life() context.Context { return p.life }

// Address is what other nodes dial, which may be elsewhere than what is listened
// on.
func (p *Port) Address() string { return p.with.Address }

// Close closes the port, its lanes and every connection, and waits for the port's
// own goroutines.
func (p *Port) Close() error {
	p.mu.Lock()
	p.shut = true
	for c := range p.conns {
		_ = c.Close()
	}
	p.mu.Unlock()
	p.end()
	err := p.with.Listener.Close()
	for _, l := range p.lanes {
		_ = l.Close()
	}
	p.work.Wait()
	return err
}

func (p *Port) accept() {
	for pause := time.Duration(0); ; {
		conn, err := p.with.Listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // out of descriptors, say
			p.with.Log.Warn("can't accept a peer", "error", err)
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			p.pause(pause)
			continue
		}
		pause = 0
		select {
		case p.greeting <- struct{}{}:
		default:
			_ = conn.Close() // more than a cluster has nodes: they aren't peers
			continue
		}
		if !p.track(conn) {
			return
		}
		p.work.Go(func() {
			defer func() { <-p.greeting }()
			p.receive(conn)
		})
	}
}

// pause waits, or until the port is closed.
func (p *Port) pause(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-p.life.Done():
	}
}

// track notes a connection; false: the port is shut, and so is the connection.
func (p *Port) track(conn net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shut {
		_ = conn.Close()
		return false
	}
	p.conns[conn] = struct{}{}
	return true
}

func (p *Port) drop(conn net.Conn) {
	_ = conn.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, conn)
}
