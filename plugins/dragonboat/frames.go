package dragonboat

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"time"
)

// A frame is the length of its body in 4 bytes, the body's CRC-32C in 4, big endian,
// and the body.
const (
	frameHead = 4 + 4
	// maxFrame is more than the library puts into one batch, and one entry beyond.
	maxFrame = 96 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func sendFrame(conn net.Conn, m interface {
	Size() int
	MarshalTo([]byte) (int, error)
},
) error {
	frame := make([]byte, frameHead+m.Size())
	n, err := m.MarshalTo(frame[frameHead:])
	if err != nil {
		return err
	}
	frame = frame[:frameHead+n]
	binary.BigEndian.PutUint32(frame, uint32(n))
	binary.BigEndian.PutUint32(frame[4:], crc32.Checksum(frame[frameHead:], castagnoli))
	if err := conn.SetWriteDeadline(time.Now().Add(sendPatience + time.Duration(len(frame))*time.Second/leastPace)); err != nil {
		return err
	}
	_, err = conn.Write(frame)
	return err
}

// decode reads m from b. The library's decoders may panic on what isn't theirs.
func decode(b []byte, m interface{ Unmarshal(b []byte) error }) (err error) {
	defer func() {
		if why := recover(); why != nil {
			err = fmt.Errorf("it can't be decoded: %v", why)
		}
	}()
	return m.Unmarshal(b)
}

// frames come in.
type frames struct{ from *bufio.Reader }

func newFrames(conn net.Conn) frames { return frames{bufio.NewReaderSize(conn, 64<<10)} }

// next returns a body of its own.
func (f frames) next() ([]byte, error) {
	var head [frameHead]byte
	if _, err := io.ReadFull(f.from, head[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n > maxFrame {
		return nil, fmt.Errorf("a frame of %d bytes: at most %d are allowed", n, maxFrame)
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(f.from, body); err != nil {
		return nil, err
	}
	if crc32.Checksum(body, castagnoli) != binary.BigEndian.Uint32(head[4:]) {
		return nil, errors.New("a frame whose checksum is wrong")
	}
	return body, nil
}
