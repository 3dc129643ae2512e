package dragonboat

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
)

// The library's snapshot file: a header, blocks of 2 MiB with their CRC-32 after each,
// the last one shorter, and a tail. Within the blocks comes first what it knows of its
// clients' sessions, of which there are none, then the host's bytes.
const (
	payloadHeader   = 1024
	payloadBlock    = 2 << 20
	payloadSum      = 4
	payloadTail     = 16
	payloadSessions = 16
)

// payloadOf returns the host's bytes in a snapshot.
func payloadOf(f *os.File) (io.Reader, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	size := info.Size() - payloadHeader - payloadTail
	if size < 0 {
		return nil, errors.New("the snapshot is too short")
	}
	blocks := io.NewSectionReader(f, payloadHeader, size)
	r := bufio.NewReaderSize(&blockReader{from: blocks}, 64<<10)
	var sessions [payloadSessions]byte
	if _, err := io.ReadFull(r, sessions[:]); err != nil {
		return nil, fmt.Errorf("read the snapshot: %w", err)
	}
	if n := binary.LittleEndian.Uint64(sessions[8:]); n != 0 {
		return nil, fmt.Errorf("the snapshot has %d sessions of clients, which this backend never makes", n)
	}
	return r, nil
}

// blockReader takes the sums out, and holds them against the blocks.
type blockReader struct {
	from  io.Reader
	block []byte
	rest  []byte
}

func (b *blockReader) Read(p []byte) (int, error) {
	if len(b.rest) == 0 {
		if err := b.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

func (b *blockReader) fill() error {
	if b.block == nil {
		b.block = make([]byte, payloadBlock+payloadSum)
	}
	n, err := io.ReadFull(b.from, b.block)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF): // the last one
	case err != nil:
		return err
	}
	if n <= payloadSum {
		return errors.New("the snapshot's last block is too short")
	}
	data, sum := b.block[:n-payloadSum], b.block[n-payloadSum:n]
	if got := crc32.ChecksumIEEE(data); got != binary.BigEndian.Uint32(sum) {
		return errors.New("a block of the snapshot has a wrong checksum")
	}
	b.rest = data
	return nil
}
