package host

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// A chunked stream is a sequence of pieces, each with its length and CRC-32C,
// and an end that holds the length of all: what is cut off or damaged is
// noticed before anybody decodes it, and the writer needn't know the length.
const (
	chunkSize = 256 << 10
	chunkHead = 4 + 4
	chunkEnd  = 4 + 4 + 8
)

var errTruncated = errors.New("the snapshot ends too early")

type chunkWriter struct {
	w     io.Writer
	buf   []byte // head and piece
	total uint64
}

func newChunkWriter(w io.Writer) *chunkWriter {
	return &chunkWriter{w: w, buf: make([]byte, chunkHead, chunkHead+chunkSize)}
}

func (c *chunkWriter) Write(p []byte) (n int, err error) {
	for len(p) > 0 {
		room := min(cap(c.buf)-len(c.buf), len(p))
		c.buf = append(c.buf, p[:room]...)
		p, n = p[room:], n+room
		if len(c.buf) == cap(c.buf) {
			if err := c.flush(); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

func (c *chunkWriter) flush() error {
	piece := c.buf[chunkHead:]
	if len(piece) == 0 {
		return nil
	}
	c.total += uint64(len(piece))
	binary.LittleEndian.PutUint32(c.buf, uint32(len(piece)))
	binary.LittleEndian.PutUint32(c.buf[4:], crc32.Checksum(piece, castagnoli))
	_, err := c.w.Write(c.buf)
	c.buf = c.buf[:chunkHead]
	return err
}

// close writes what is left and the end.
func (c *chunkWriter) close() error {
	if err := c.flush(); err != nil {
		return err
	}
	end := make([]byte, chunkEnd)
	binary.LittleEndian.PutUint64(end[8:], c.total)
	binary.LittleEndian.PutUint32(end[4:], crc32.Checksum(end[8:], castagnoli))
	_, err := c.w.Write(end)
	return err
}

// chunkReader gives the bytes back. Its io.EOF means that the end was there and
// right.
type chunkReader struct {
	r     io.Reader
	buf   []byte
	left  []byte // of buf
	total uint64
	err   error
}

func (c *chunkReader) Read(p []byte) (int, error) {
	for len(c.left) == 0 {
		if c.err == nil {
			c.err = c.next()
		}
		if c.err != nil {
			return 0, c.err
		}
	}
	n := copy(p, c.left)
	c.left = c.left[n:]
	return n, nil
}

func (c *chunkReader) next() error {
	var head [chunkHead]byte
	if err := readFull(c.r, head[:]); err != nil {
		return err
	}
	size, sum := binary.LittleEndian.Uint32(head[:]), binary.LittleEndian.Uint32(head[4:])
	if size == 0 {
		return c.end(sum)
	}
	if size > chunkSize {
		return fmt.Errorf("the snapshot has a piece of %d bytes", size)
	}
	if c.buf == nil {
		c.buf = make([]byte, chunkSize)
	}
	c.left = c.buf[:size]
	if err := readFull(c.r, c.left); err != nil {
		return err
	}
	if crc32.Checksum(c.left, castagnoli) != sum {
		return fmt.Errorf("the snapshot is damaged after %d bytes of its state", c.total)
	}
	c.total += uint64(size)
	return nil
}

func (c *chunkReader) end(sum uint32) error {
	var total [8]byte
	if err := readFull(c.r, total[:]); err != nil {
		return err
	}
	if crc32.Checksum(total[:], castagnoli) != sum || binary.LittleEndian.Uint64(total[:]) != c.total {
		return fmt.Errorf("the snapshot has %d bytes of state and says otherwise", c.total)
	}
	return io.EOF
}

// readFull never returns io.EOF: whoever calls it needs all of p.
func readFull(r io.Reader, p []byte) error {
	_, err := io.ReadFull(r, p)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errTruncated
	}
	return err
}
