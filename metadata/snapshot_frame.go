package metadata

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

const (
	frameSize     = 64 << 10
	frameHeadSize = 4 + 4 // length, CRC-32C
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// frameWriter cuts items into frames: all of frameSize but the last.
type frameWriter struct {
	w       io.Writer
	buf     []byte // waits for a frame of its own
	written int64
	err     error
	each    func(item []byte) // sees every item; nil: nobody asks
}

func (f *frameWriter) item(b []byte) {
	if f.each != nil {
		f.each(b)
	}
	f.buf = binary.AppendUvarint(f.buf, uint64(len(b)))
	f.buf = append(f.buf, b...)
	if len(f.buf) < frameSize {
		return
	}
	rest := f.buf
	for len(rest) >= frameSize {
		f.frame(rest[:frameSize])
		rest = rest[frameSize:]
	}
	f.buf = f.buf[:copy(f.buf, rest)]
}

func (f *frameWriter) flush() {
	if len(f.buf) > 0 {
		f.frame(f.buf)
		f.buf = nil
	}
}

func (f *frameWriter) frame(body []byte) {
	var head [frameHeadSize]byte
	binary.BigEndian.PutUint32(head[:], uint32(len(body)))
	binary.BigEndian.PutUint32(head[4:], crc32.Checksum(body, castagnoli))
	f.write(head[:])
	f.write(body)
}

func (f *frameWriter) write(b []byte) {
	if f.err != nil {
		return
	}
	var n int
	n, f.err = f.w.Write(b)
	f.written += int64(n)
}

var (
	errFrameSize = errors.New("a frame's length is impossible")
	errFrameSum  = errors.New("a frame's checksum is wrong")
	errLastFrame = errors.New("it ends too early, or a frame is short that isn't the last")
)

// frameReader gives the items back. It never reads past the frame it needs.
type frameReader struct {
	r     io.Reader
	frame [frameSize]byte
	rest  []byte // of the frame, not given out yet
	last  bool   // the frame is short, so none may follow
	long  []byte // an item that crosses frames
}

// item returns the next one, which is the caller's until the next call. What it
// allocates is bounded by what it has read.
func (f *frameReader) item() ([]byte, error) {
	size, err := f.length()
	if err != nil {
		return nil, err
	}
	if size <= uint64(len(f.rest)) {
		b := f.rest[:size]
		f.rest = f.rest[size:]
		return b, nil
	}
	f.long = f.long[:0]
	for size > 0 {
		if err := f.fill(); err != nil {
			return nil, err
		}
		n := min(size, uint64(len(f.rest)))
		f.long = append(f.long, f.rest[:n]...)
		f.rest = f.rest[n:]
		size -= n
	}
	return f.long, nil
}

// length reads a varint, which may cross frames too.
func (f *frameReader) length() (uint64, error) {
	var v uint64
	for shift := 0; ; shift += 7 {
		if err := f.fill(); err != nil {
			return 0, err
		}
		b := f.rest[0]
		f.rest = f.rest[1:]
		if shift > 56 || b == 0 {
			return 0, errNotMinimal
		}
		v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return v, nil
		}
	}
}

// fill makes sure that rest isn't empty.
func (f *frameReader) fill() error {
	if len(f.rest) > 0 {
		return nil
	}
	if f.last {
		return errLastFrame
	}
	var head [frameHeadSize]byte
	if _, err := io.ReadFull(f.r, head[:]); err != nil {
		return fmt.Errorf("read a frame's head: %w", err)
	}
	size := binary.BigEndian.Uint32(head[:])
	if size == 0 || size > frameSize {
		return errFrameSize
	}
	body := f.frame[:size]
	if _, err := io.ReadFull(f.r, body); err != nil {
		return fmt.Errorf("read a frame: %w", err)
	}
	if crc32.Checksum(body, castagnoli) != binary.BigEndian.Uint32(head[4:]) {
		return errFrameSum
	}
	f.rest, f.last = body, size < frameSize
	return nil
}
