package raw

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"sync"
)

// chain is a state that is a digest of all commands in order. A library adds them
// from one goroutine; any may ask.
type chain struct {
	mu     sync.Mutex
	count  uint64
	digest [sha256.Size]byte
	buffer []byte
}

func (c *chain) add(data []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.buffer = append(append(c.buffer[:0], c.digest[:]...), data...)
	c.digest = sha256.Sum256(c.buffer)
	c.count++
}

// State is how many commands there were, and their digest.
func (c *chain) State() (uint64, [sha256.Size]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.count, c.digest
}

// pin is count and digest as a snapshot.
func (c *chain) pin() []byte {
	count, digest := c.State()
	return append(binary.BigEndian.AppendUint64(nil, count), digest[:]...)
}

func (c *chain) restore(r io.Reader) error {
	raw := make([]byte, 8+sha256.Size)
	if _, err := io.ReadFull(r, raw); err != nil {
		return fmt.Errorf("a snapshot of the chain: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count = binary.BigEndian.Uint64(raw)
	copy(c.digest[:], raw[8:])
	return nil
}
