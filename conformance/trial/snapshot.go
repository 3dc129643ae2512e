package trial

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"sync"

	"github.com/chronik-stream/metalog/sdk"
)

// ledger knows every snapshot that the nodes of a world have written (R6), and the
// places in a backend's stream that it was taken at: a host that is further on
// writes the same state at several (R5).
type ledger struct {
	mu    sync.Mutex
	given map[[sha256.Size]byte]places
}

// places are the first and the last index that a state was taken after.
type places struct{ first, last uint64 }

func newLedger() *ledger { return &ledger{given: make(map[[sha256.Size]byte]places)} }

func (l *ledger) note(raw []byte, place uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	sum := sha256.Sum256(raw)
	p, again := l.given[sum]
	if !again {
		p = places{place, place}
	}
	l.given[sum] = places{min(p.first, place), max(p.last, place)}
}

func (l *ledger) find(raw []byte) (places, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p, ok := l.given[sha256.Sum256(raw)]
	return p, ok
}

// pinned is a machine's state at one moment.
type pinned struct {
	machine *Machine
	hooks   SnapshotHooks
	place   uint64 // in the backend's stream
	entries []sdk.Entry
	written bool
	gone    bool
}

// WriteTo writes the state, in two parts, so that a hook can come in between.
func (p *pinned) WriteTo(w io.Writer) (int64, error) {
	if err := p.use("WriteTo", &p.written); err != nil {
		return 0, err
	}
	raw := encodeState(p.entries, p.hooks.Ballast)
	p.machine.ledger.note(raw, p.place)
	half := len(raw) / 2
	n, err := w.Write(raw[:half])
	if err != nil {
		return int64(n), err
	}
	if p.hooks.Started != nil {
		select {
		case p.hooks.Started <- struct{}{}:
		default:
		}
	}
	if p.hooks.Gate != nil {
		<-p.hooks.Gate
	}
	if p.hooks.Err != nil {
		return int64(n), p.hooks.Err
	}
	rest, err := w.Write(raw[half:])
	return int64(n + rest), err
}

// Release ends the pin, once.
func (p *pinned) Release() {
	if p.use("Release", &p.gone) != nil {
		return
	}
	m := p.machine
	m.mu.Lock()
	defer m.mu.Unlock()
	m.released++
	m.notify()
}

func (p *pinned) use(what string, used *bool) error {
	m := p.machine
	m.mu.Lock()
	defer m.mu.Unlock()
	if *used || p.gone {
		m.breaks("R6", "a snapshot's %s was called twice, or after Release", what)
		return m.broken
	}
	*used = true
	return nil
}

const stateMagic = "metalog trial 1\n"

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// encodeState writes a count and the entries, then ballast, then a checksum.
func encodeState(entries []sdk.Entry, ballast int) []byte {
	b := []byte(stateMagic)
	b = binary.AppendUvarint(b, uint64(len(entries)))
	for _, e := range entries {
		b = binary.AppendUvarint(b, e.Index)
		b = binary.AppendUvarint(b, uint64(len(e.Data)))
		b = append(b, e.Data...)
	}
	for i := range ballast {
		b = append(b, byte(i*7+i>>8))
	}
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

var errDamaged = errors.New("its checksum or its form is wrong")

func decodeState(raw []byte) ([]sdk.Entry, error) {
	if len(raw) < len(stateMagic)+4 || !bytes.HasPrefix(raw, []byte(stateMagic)) {
		return nil, errDamaged
	}
	body, sum := raw[:len(raw)-4], binary.BigEndian.Uint32(raw[len(raw)-4:])
	if crc32.Checksum(body, castagnoli) != sum {
		return nil, errDamaged
	}
	d := decoder{rest: body[len(stateMagic):]}
	entries := make([]sdk.Entry, 0)
	for range d.number() {
		index := d.number()
		entries = append(entries, sdk.Entry{Index: index, Data: d.bytes(d.number())})
		if d.err != nil {
			return nil, d.err
		}
	}
	return entries, d.err
}

type decoder struct {
	rest []byte
	err  error
}

func (d *decoder) number() uint64 {
	v, n := binary.Uvarint(d.rest)
	if n <= 0 {
		d.err, d.rest = errDamaged, nil
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

func (d *decoder) bytes(n uint64) []byte {
	if n > uint64(len(d.rest)) {
		d.err, d.rest = errDamaged, nil
		return nil
	}
	b := bytes.Clone(d.rest[:n])
	d.rest = d.rest[n:]
	return b
}

// Show is an entry's bytes for people: all of a short one, the ends and the
// length of a long one.
func Show(b []byte) string {
	const most = 24
	if len(b) <= 2*most {
		return fmt.Sprintf("%q", b)
	}
	return fmt.Sprintf("%q…%q (%d bytes)", b[:most], b[len(b)-most:], len(b))
}
