package hashiraft

import (
	"crypto/rand"
	"encoding/binary"
	"sync"
)

// proposalID tells a proposal of this session from any other in the cluster. It
// travels beside the entry's data.
type proposalID [16]byte

// proposals are this node's that haven't been answered. Their entries say whose
// they are when they arrive, whoever has appended them. Any goroutine may use it.
type proposals struct {
	session [8]byte

	mu      sync.Mutex
	last    uint64
	waiting map[proposalID]chan struct{}
}

func newProposals() *proposals {
	p := &proposals{waiting: make(map[proposalID]chan struct{})}
	_, _ = rand.Read(p.session[:]) // never fails, see crypto/rand
	return p
}

// begin makes an id. The channel is closed when its entry has been handed to the
// host; end must be called.
func (p *proposals) begin() (proposalID, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last++
	var id proposalID
	copy(id[:], p.session[:])
	binary.BigEndian.PutUint64(id[8:], p.last)
	here := make(chan struct{})
	p.waiting[id] = here
	return id, here
}

func (p *proposals) end(id proposalID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.waiting, id)
}

// arrived tells whoever proposed it, if that is this session.
func (p *proposals) arrived(extensions []byte) {
	if len(extensions) != len(proposalID{}) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	id := proposalID(extensions)
	if here, ok := p.waiting[id]; ok {
		delete(p.waiting, id)
		close(here)
	}
}
