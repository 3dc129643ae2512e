package host

import (
	"bufio"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"

	"github.com/chronik-stream/metalog/sdk"
)

// An annex is what a frame of format 2 has before the state: either a seal or half
// an import.
//
//	seal's length 4 | number of pieces 8 | seal | CRC-32C of all that 4
//	| of each piece: length 4 | bytes | CRC-32C of both 4
const annexHead = 4 + 8

var errAnnex = errors.New("the snapshot's seal or import is not what a host writes")

// writeAnnex leaves the error to w's Flush.
func writeAnnex(w *bufio.Writer, seal string, h *half) {
	head := binary.LittleEndian.AppendUint32(nil, uint32(len(seal)))
	head = binary.LittleEndian.AppendUint64(head, h.taken())
	writeSummed(w, append(head, seal...))
	if h == nil {
		return
	}
	for _, piece := range h.pieces {
		writeSummed(w, binary.LittleEndian.AppendUint32(nil, uint32(len(piece))), piece)
	}
}

// writeSummed writes parts and their common checksum.
func writeSummed(w *bufio.Writer, parts ...[]byte) {
	var sum uint32
	for _, p := range parts {
		sum = crc32.Update(sum, castagnoli, p)
		_, _ = w.Write(p)
	}
	_, _ = w.Write(binary.LittleEndian.AppendUint32(nil, sum))
}

// readAnnex takes no size on trust: it allocates what one piece may have, and
// then as much as has come.
func readAnnex(r io.Reader) (seal string, h *half, err error) {
	var head [annexHead]byte
	if err := readFull(r, head[:]); err != nil {
		return "", nil, err
	}
	length, pieces := binary.LittleEndian.Uint32(head[:]), binary.LittleEndian.Uint64(head[4:])
	if length > maxTarget || (length == 0) == (pieces == 0) {
		return "", nil, errAnnex
	}
	text, err := readSummed(r, head[:], length)
	if err != nil {
		return "", nil, err
	}
	if length == 0 {
		h, err = readPieces(r, pieces)
		return "", h, err
	}
	if checkTarget(string(text)) != nil {
		return "", nil, errAnnex
	}
	return string(text), nil, nil
}

func readPieces(r io.Reader, count uint64) (*half, error) {
	h := new(half)
	for h.taken() < count {
		piece, err := readPiece(r)
		if err != nil {
			return nil, err
		}
		h.pieces, h.bytes = append(h.pieces, piece), h.bytes+int64(len(piece))
	}
	return h, nil
}

func readPiece(r io.Reader) ([]byte, error) {
	var head [4]byte
	if err := readFull(r, head[:]); err != nil {
		return nil, err
	}
	size := binary.LittleEndian.Uint32(head[:])
	if size == 0 || size > sdk.MaxEntrySize {
		return nil, errAnnex
	}
	return readSummed(r, head[:], size)
}

// readSummed reads size bytes and the checksum of head and them.
func readSummed(r io.Reader, head []byte, size uint32) ([]byte, error) {
	buf := make([]byte, size+frameSum)
	if err := readFull(r, buf); err != nil {
		return nil, err
	}
	data := buf[:size:size]
	if crc32.Update(crc32.Checksum(head, castagnoli), castagnoli, data) != binary.LittleEndian.Uint32(buf[size:]) {
		return nil, errAnnex
	}
	return data, nil
}
