package metadata

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"unicode/utf8"
)

// encoder writes the canonical encoding: the one that digests and fingerprints
// are taken of and that snapshots hold. Whole numbers are varints of the fewest
// bytes, signed ones zigzag; text and lists carry their length.
type encoder struct {
	buf       []byte
	longest   int // string written
	mostItems int // of a list written
}

func (e *encoder) reset() { *e = encoder{buf: e.buf[:0]} }

func (e *encoder) uint(v uint64) { e.buf = binary.AppendUvarint(e.buf, v) }
func (e *encoder) int(v int64)   { e.buf = binary.AppendVarint(e.buf, v) }

func (e *encoder) bool(v bool) {
	if v {
		e.buf = append(e.buf, 1)
		return
	}
	e.buf = append(e.buf, 0)
}

// id writes one of the 16-byte ids.
func (e *encoder) id(v [16]byte) { e.buf = append(e.buf, v[:]...) }

func (e *encoder) str(v string) {
	e.longest = max(e.longest, len(v))
	e.uint(uint64(len(v)))
	e.buf = append(e.buf, v...)
}

// bytes writes what is opaque: no limit but the event's size holds for it.
func (e *encoder) bytes(v []byte) {
	e.uint(uint64(len(v)))
	e.buf = append(e.buf, v...)
}

// optionalStr writes a nil apart from an empty string.
func (e *encoder) optionalStr(v *string) {
	e.bool(v != nil)
	if v != nil {
		e.str(*v)
	}
}

func (e *encoder) optionalInt(v *int64) {
	e.bool(v != nil)
	if v != nil {
		e.int(*v)
	}
}

// list opens a list of n items, which the caller writes next.
func (e *encoder) list(n int) {
	e.mostItems = max(e.mostItems, n)
	e.uint(uint64(n))
}

func (e *encoder) int32s(v []int32) {
	e.list(len(v))
	for _, x := range v {
		e.int(int64(x))
	}
}

// decoder reads what an encoder wrote and takes no other form of it. The first
// error stays; what is read after it is zero.
type decoder struct {
	buf []byte
	err error
	// lists, if given, are those read before, by their encoding: many partitions
	// have the same replicas, and needn't have a copy each.
	lists map[string][]int32
}

// maxLists bounds decoder.lists.
const maxLists = 4096

var (
	errShort      = errors.New("it ends too early")
	errNotMinimal = errors.New("a number isn't in its shortest form")
	errRange      = errors.New("a number is out of range")
	errUTF8       = errors.New("a text isn't UTF-8")
	errTrailing   = errors.New("something follows its end")
)

func (d *decoder) fail(err error) {
	if d.err == nil {
		d.err, d.buf = err, nil
	}
}

// end makes sure that nothing is left.
func (d *decoder) end() error {
	if len(d.buf) > 0 {
		d.fail(errTrailing)
	}
	return d.err
}

func (d *decoder) uint() uint64 {
	v, n := binary.Uvarint(d.buf)
	switch {
	case n == 0:
		d.fail(errShort)
		return 0
	case n < 0:
		d.fail(errRange)
		return 0
	case n > 1 && d.buf[n-1] == 0:
		d.fail(errNotMinimal)
		return 0
	}
	d.buf = d.buf[n:]
	return v
}

func (d *decoder) int() int64 {
	u := d.uint()
	return int64(u>>1) ^ -int64(u&1)
}

func (d *decoder) int32() int32 {
	v := d.int()
	if v != int64(int32(v)) {
		d.fail(errRange)
		return 0
	}
	return int32(v)
}

func (d *decoder) uint32() uint32 {
	v := d.uint()
	if v > math.MaxUint32 {
		d.fail(errRange)
		return 0
	}
	return uint32(v)
}

func (d *decoder) int16() int16 {
	v := d.int()
	if v != int64(int16(v)) {
		d.fail(errRange)
		return 0
	}
	return int16(v)
}

// small reads a number below 256.
func (d *decoder) small() uint8 {
	v := d.uint()
	if v > math.MaxUint8 {
		d.fail(errRange)
		return 0
	}
	return uint8(v)
}

func (d *decoder) byte() byte {
	if len(d.buf) == 0 {
		d.fail(errShort)
		return 0
	}
	b := d.buf[0]
	d.buf = d.buf[1:]
	return b
}

func (d *decoder) bool() bool {
	b := d.byte()
	if b > 1 {
		d.fail(errRange)
	}
	return b == 1
}

// take returns the next n bytes of the input itself.
func (d *decoder) take(n uint64) []byte {
	if n > uint64(len(d.buf)) {
		d.fail(errShort)
		return nil
	}
	b := d.buf[:n:n]
	d.buf = d.buf[n:]
	return b
}

func (d *decoder) id() (id [16]byte) {
	copy(id[:], d.take(uint64(len(id))))
	return id
}

func (d *decoder) bytes() []byte { return d.take(d.uint()) }

// copied returns nil for no bytes.
func (d *decoder) copied() []byte { return append([]byte(nil), d.bytes()...) }

func (d *decoder) str() string { return d.text(d.bytes()) }

func (d *decoder) text(b []byte) string {
	if !utf8.Valid(b) {
		d.fail(errUTF8)
		return ""
	}
	return string(b)
}

// list returns the length of a list. An item takes a byte at least, so a length
// beyond the input is refused before anything is allocated for it.
func (d *decoder) list() int {
	n := d.uint()
	if n > uint64(len(d.buf)) {
		d.fail(errShort)
		return 0
	}
	return int(n)
}

// int32s returns nil for an empty list. The list may be shared.
func (d *decoder) int32s() []int32 {
	n := d.list()
	if n == 0 {
		return nil
	}
	encoded := d.buf[:varintsLen(d.buf, n)]
	if v, ok := d.lists[string(encoded)]; ok {
		d.buf = d.buf[len(encoded):]
		return v
	}
	v := make([]int32, n)
	for i := range v {
		v[i] = d.int32()
	}
	if d.err != nil {
		return nil
	}
	if d.lists != nil && len(d.lists) < maxLists {
		d.lists[string(encoded)] = v
	}
	return v
}

// varintsLen is how many bytes n varints take, at most all there are.
func varintsLen(b []byte, n int) int {
	for i := range b {
		if b[i] < 0x80 {
			n--
		}
		if n == 0 {
			return i + 1
		}
	}
	return len(b)
}

// wrapDecoding says what couldn't be decoded.
func wrapDecoding(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}
