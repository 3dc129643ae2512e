package hashiraft

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/raft"

	"github.com/chronik-stream/metalog/internal/boltlog"
)

// An entry on disk, its index being the key: the version, the type, the term,
// AppendedAt in seconds and nanoseconds, the length of the extensions, these, and
// the data to the end. Numbers are varints, the seconds a signed one. This is
// durable: another form is another version.
const logVersion = 1

const logHeader = 2 + 4*binary.MaxVarintLen64 // the most that comes before the extensions

// encodeLog has room for the log's checksum in front.
func encodeLog(l *raft.Log) []byte {
	b := make([]byte, boltlog.Room, boltlog.Room+logHeader+len(l.Extensions)+len(l.Data))
	b = append(b, logVersion, byte(l.Type))
	b = binary.AppendUvarint(b, l.Term)
	b = binary.AppendVarint(b, l.AppendedAt.Unix())
	b = binary.AppendUvarint(b, uint64(l.AppendedAt.Nanosecond()))
	b = binary.AppendUvarint(b, uint64(len(l.Extensions)))
	b = append(b, l.Extensions...)
	return append(b, l.Data...)
}

var errShort = errors.New("the entry ends too early")

// decodeLog copies an entry into l, all but its index. What is empty comes back
// as nil, and times in UTC.
func decodeLog(b []byte, l *raft.Log) error {
	if len(b) < 2 {
		return errShort
	}
	if b[0] != logVersion {
		return fmt.Errorf("an entry of version %d: this program reads %d", b[0], logVersion)
	}
	decoded := raft.Log{Type: raft.LogType(b[1])}
	r := numbers{rest: b[2:]}
	decoded.Term = r.unsigned()
	seconds, nanoseconds := r.signed(), r.unsigned()
	extensions := r.unsigned()
	if r.short || extensions > uint64(len(r.rest)) {
		return errShort
	}
	decoded.AppendedAt = time.Unix(seconds, int64(nanoseconds)).UTC()
	rest := bytes.Clone(r.rest)
	if extensions > 0 {
		decoded.Extensions = rest[:extensions:extensions]
	}
	if uint64(len(rest)) > extensions {
		decoded.Data = rest[extensions:]
	}
	*l = decoded
	return nil
}

// numbers reads varints until there are none.
type numbers struct {
	rest  []byte
	short bool
}

func (n *numbers) unsigned() uint64 {
	v, size := binary.Uvarint(n.rest)
	n.skip(size)
	return v
}

func (n *numbers) signed() int64 {
	v, size := binary.Varint(n.rest)
	n.skip(size)
	return v
}

func (n *numbers) skip(size int) {
	if size <= 0 {
		n.rest, n.short = nil, true
		return
	}
	n.rest = n.rest[size:]
}
