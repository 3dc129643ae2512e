package dragonboat

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"

	pb "github.com/lni/dragonboat/v4/raftpb"
)

// snapshotRecord is what the log holds of the newest snapshot: the library's own
// description, and the sum of its file. Index 0: there is none.
type snapshotRecord struct {
	pb.Snapshot
	sum fileSum
}

// fileSum tells a file from any other.
type fileSum struct {
	size  uint64
	crc32 uint32 // Castagnoli
}

// On disk: a version, the file's size in 8 bytes and its sum in 4, big endian, then
// the description in the library's encoding.
const (
	recordVersion = 1
	recordHead    = 1 + 8 + 4
)

// newRecord keeps nothing of ss but what would be stored: the library counts
// references within it.
func newRecord(ss *pb.Snapshot, sum fileSum) snapshotRecord {
	r := snapshotRecord{sum: sum}
	pb.MustUnmarshal(&r.Snapshot, pb.MustMarshal(ss))
	return r
}

func (r *snapshotRecord) encode() []byte {
	b := append(make([]byte, 0, recordHead), recordVersion)
	b = binary.BigEndian.AppendUint64(b, r.sum.size)
	b = binary.BigEndian.AppendUint32(b, r.sum.crc32)
	return append(b, pb.MustMarshal(&r.Snapshot)...)
}

// Unmarshal reads what encode wrote.
func (r *snapshotRecord) Unmarshal(b []byte) error {
	switch {
	case len(b) < recordHead:
		return errors.New("it ends too early")
	case b[0] != recordVersion:
		return fmt.Errorf("it has version %d: this program reads %d", b[0], recordVersion)
	}
	r.sum = fileSum{size: binary.BigEndian.Uint64(b[1:]), crc32: binary.BigEndian.Uint32(b[9:])}
	return r.Snapshot.Unmarshal(b[recordHead:])
}

// sumFile reads a whole file.
func sumFile(path string) (fileSum, error) {
	f, err := os.Open(path)
	if err != nil {
		return fileSum{}, err
	}
	sum := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	size, err := io.Copy(sum, f)
	return fileSum{size: uint64(size), crc32: sum.Sum32()}, errors.Join(err, f.Close())
}
