package host

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/chronik-stream/metalog/metadata"
)

// A frame is a snapshot as a backend stores it: a header, the directory of
// nodes, and the state. Like the envelope it is durable.
//
//	magic 8 | format 1 | index 8 | revision 8 | digest 32 | directory's length 4
//	| CRC-32C of all that 4 | directory | its CRC-32C 4 | state
//
// Numbers are little endian. The state knows its own end and carries its own
// checksums, so that it can be written without knowing its length.
//
// Format 2 has a seal or half an import before the state (see annex), and is
// written only where there is one. Whatever formats will come, magic, format and
// the first checksum stay where they are, so that a newer one isn't taken for a
// damaged one.
const (
	frameMagic = "METALOG\n"
	framePlain = 1
	frameAnnex = 2
	frameHead  = 8 + 1 + 8 + 8 + 32 + 4
	frameSum   = 4

	// maxDirectory bounds what a reader allocates before a checksum has held.
	maxDirectory = 64 << 20

	// frameBuffer is how much goes to or comes from a backend at once.
	frameBuffer = 256 << 10
)

var errTruncated = errors.New("the snapshot ends too early")

// frame is what a snapshot says of itself.
type frame struct {
	format    byte
	index     uint64
	revision  uint64
	digest    metadata.Digest
	directory directory
}

// writeFrame writes v as of its index. Any goroutine may call it.
func writeFrame(w io.Writer, v *view) (int64, error) {
	out := &counter{w: w}
	dir := v.directory.encode()
	digest := v.state.Digest()
	head := append(make([]byte, 0, frameHead+frameSum+len(dir)+frameSum), frameMagic...)
	head = append(head, formatOf(v))
	head = binary.LittleEndian.AppendUint64(head, v.index)
	head = binary.LittleEndian.AppendUint64(head, v.state.Revision())
	head = append(head, digest[:]...)
	head = binary.LittleEndian.AppendUint32(head, uint32(len(dir)))
	head = binary.LittleEndian.AppendUint32(head, crc32.Checksum(head, castagnoli))
	head = append(head, dir...)
	head = binary.LittleEndian.AppendUint32(head, crc32.Checksum(dir, castagnoli))
	buffered := bufio.NewWriterSize(out, frameBuffer)
	if _, err := buffered.Write(head); err != nil {
		return out.n, err
	}
	if formatOf(v) == frameAnnex {
		writeAnnex(buffered, v.seal, v.half)
	}
	if _, err := v.state.WriteTo(buffered); err != nil {
		return out.n, err
	}
	err := buffered.Flush()
	return out.n, err
}

// formatOf is the oldest that can hold v.
func formatOf(v *view) byte {
	if v.seal != "" || v.half != nil {
		return frameAnnex
	}
	return framePlain
}

// readView reads a whole snapshot: nothing may follow it.
func readView(r io.Reader) (*view, error) {
	f, err := readFrame(r)
	if err != nil {
		return nil, err
	}
	return f.readView(r)
}

// readFrame reads a frame up to its directory.
func readFrame(r io.Reader) (frame, error) {
	var head [frameHead + frameSum]byte
	if err := readFull(r, head[:]); err != nil {
		return frame{}, err
	}
	if string(head[:8]) != frameMagic {
		return frame{}, errors.New("these bytes are not a snapshot of metalog")
	}
	if crc32.Checksum(head[:frameHead], castagnoli) != binary.LittleEndian.Uint32(head[frameHead:]) {
		return frame{}, errors.New("the snapshot's header is damaged")
	}
	if head[8] < framePlain {
		return frame{}, errors.New("the snapshot has no format")
	}
	if head[8] > frameAnnex {
		return frame{}, fmt.Errorf("snapshot format %d, and this build reads %d to %d: %w", head[8], framePlain, frameAnnex, metadata.ErrNewer)
	}
	f := frame{
		format:   head[8],
		index:    binary.LittleEndian.Uint64(head[9:]),
		revision: binary.LittleEndian.Uint64(head[17:]),
		digest:   metadata.Digest(head[25:57]),
	}
	var err error
	f.directory, err = readDirectory(r, binary.LittleEndian.Uint32(head[57:]))
	return f, err
}

func readDirectory(r io.Reader, size uint32) (directory, error) {
	if size > maxDirectory {
		return nil, errDirectory
	}
	buf := make([]byte, size+frameSum)
	if err := readFull(r, buf); err != nil {
		return nil, err
	}
	if crc32.Checksum(buf[:size], castagnoli) != binary.LittleEndian.Uint32(buf[size:]) {
		return nil, errDirectory
	}
	return decodeDirectory(buf[:size])
}

// readView reads the rest of the frame and holds it against the header.
func (f frame) readView(r io.Reader) (*view, error) {
	buffered := bufio.NewReaderSize(r, frameBuffer)
	v := &view{index: f.index, directory: f.directory}
	if f.format == frameAnnex {
		var err error
		if v.seal, v.half, err = readAnnex(buffered); err != nil {
			return nil, err
		}
	}
	state, err := metadata.ReadState(buffered)
	if err != nil {
		return nil, err
	}
	if _, err := buffered.ReadByte(); !errors.Is(err, io.EOF) {
		return nil, errors.Join(errors.New("the snapshot doesn't end with its state"), err)
	}
	if state.Revision() != f.revision || state.Digest() != f.digest {
		return nil, fmt.Errorf("the snapshot's state has revision %d and digest %s, its header says %d and %s",
			state.Revision(), state.Digest(), f.revision, f.digest)
	}
	if v.half != nil && state.Revision() != 0 {
		return nil, errAnnex
	}
	v.state = state
	return v, nil
}

// readFull never returns io.EOF: whoever calls it needs all of p.
func readFull(r io.Reader, p []byte) error {
	_, err := io.ReadFull(r, p)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errTruncated
	}
	return err
}

// counter counts what goes through.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
