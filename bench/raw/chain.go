package raw

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"sync"

	"github.com/hashicorp/raft"
)

// chain is a state machine that keeps a digest of all commands in order. The library
// calls it from one goroutine; any may ask for its state.
type chain struct {
	mu     sync.Mutex
	count  uint64
	digest [sha256.Size]byte
	buffer []byte
}

// Apply takes one command.
func (c *chain) Apply(l *raft.Log) any {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.buffer = append(append(c.buffer[:0], c.digest[:]...), l.Data...)
	c.digest = sha256.Sum256(c.buffer)
	c.count++
	return nil
}

func (c *chain) state() (uint64, [sha256.Size]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.count, c.digest
}

// Snapshot is count and digest.
func (c *chain) Snapshot() (raft.FSMSnapshot, error) {
	count, digest := c.state()
	return snapshot(append(binary.BigEndian.AppendUint64(nil, count), digest[:]...)), nil
}

// Restore takes them back.
func (c *chain) Restore(r io.ReadCloser) error {
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

type snapshot []byte

// Persist writes it. The library closes the sink or cancels it.
func (s snapshot) Persist(sink raft.SnapshotSink) error {
	_, err := sink.Write(s)
	return err
}

// Release has nothing to release.
func (s snapshot) Release() {}
