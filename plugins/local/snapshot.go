package local

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chronik-stream/metalog/internal/boltlog"
	"github.com/chronik-stream/metalog/sdk"
)

const (
	snapshotPrefix = "snapshot-"
	snapshotBuffer = 256 << 10

	// The host's bytes come first, then: magic, index, number of bytes, and a
	// CRC-32C over all that precedes it.
	snapshotMagic   = "MLSNAP01"
	snapshotTrailer = len(snapshotMagic) + 8 + 8 + 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// snapshotFile is a snapshot on disk; index 0: there is none.
type snapshotFile struct {
	path  string
	index uint64
	size  int64 // the host's bytes
}

func snapshotPath(dir string, index uint64) string {
	return filepath.Join(dir, fmt.Sprintf("%s%020d", snapshotPrefix, index))
}

// snapshots lists the snapshots of dir, oldest first.
func snapshots(dir string) ([]snapshotFile, error) {
	names, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var found []snapshotFile
	for _, n := range names {
		var index uint64
		if _, err := fmt.Sscanf(n.Name(), snapshotPrefix+"%d", &index); err != nil {
			continue
		}
		if path := snapshotPath(dir, index); filepath.Base(path) == n.Name() {
			found = append(found, snapshotFile{path: path, index: index})
		}
	}
	slices.SortFunc(found, func(a, b snapshotFile) int { return cmp.Compare(a.index, b.index) })
	return found, nil
}

// latestSnapshot finds and verifies the newest snapshot, which must join up
// with a log that holds first to last.
func latestSnapshot(dir string, first, last uint64) (snapshotFile, error) {
	found, err := snapshots(dir)
	if err != nil {
		return snapshotFile{}, err
	}
	if len(found) == 0 {
		if first == 1 {
			return snapshotFile{}, nil
		}
		return snapshotFile{}, boltlog.Corrupt(snapshotPath(dir, first-1), first-1, "the snapshot is missing, the log begins after it")
	}
	s := found[len(found)-1]
	if s.index+1 < first {
		return s, boltlog.Corrupt(s.path, s.index, "a later snapshot is missing, the log begins at %d", first)
	}
	if s.index > last {
		return s, boltlog.Corrupt(filepath.Join(dir, logName), last, "it ends there, before the snapshot %d", s.index)
	}
	s.size, err = verifySnapshot(s)
	return s, err
}

func verifySnapshot(s snapshotFile) (size int64, err error) {
	f, err := os.Open(s.path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	size = info.Size() - int64(snapshotTrailer)
	if size < 0 {
		return 0, boltlog.Corrupt(s.path, s.index, "%d bytes are too few", info.Size())
	}
	sum := crc32.New(castagnoli)
	if _, err := io.CopyN(sum, f, size); err != nil {
		return 0, fmt.Errorf("read %s: %w", s.path, err)
	}
	var trailer [snapshotTrailer]byte
	if _, err := io.ReadFull(f, trailer[:]); err != nil {
		return 0, fmt.Errorf("read %s: %w", s.path, err)
	}
	if trailer != trailerOf(s.index, size, sum.Sum32()) {
		return 0, boltlog.Corrupt(s.path, s.index, "its trailer doesn't fit its bytes")
	}
	return size, nil
}

func trailerOf(index uint64, size int64, sum uint32) (t [snapshotTrailer]byte) {
	b := append(t[:0], snapshotMagic...)
	b = binary.BigEndian.AppendUint64(b, index)
	b = binary.BigEndian.AppendUint64(b, uint64(size))
	binary.BigEndian.AppendUint32(b, crc32.Update(sum, castagnoli, b))
	return t
}

// open returns a reader of the host's bytes.
func (s snapshotFile) open() (io.Reader, io.Closer, error) {
	f, err := os.Open(s.path)
	if err != nil {
		return nil, nil, err
	}
	return bufio.NewReaderSize(io.LimitReader(f, s.size), snapshotBuffer), f, nil
}

// removeOlder removes the snapshots before index.
func removeOlder(dir string, index uint64) error {
	found, err := snapshots(dir)
	for _, s := range found {
		if s.index < index {
			err = errors.Join(err, os.Remove(s.path))
		}
	}
	return err
}

// removeUnfinished removes what a crash has left half written.
func removeUnfinished(dir string) error {
	names, err := os.ReadDir(dir)
	for _, n := range names {
		ours := n.Name() == logName+boltlog.TmpSuffix || strings.HasPrefix(n.Name(), snapshotPrefix)
		if ours && strings.HasSuffix(n.Name(), boltlog.TmpSuffix) {
			err = errors.Join(err, os.Remove(filepath.Join(dir, n.Name())))
		}
	}
	return err
}

// restore hands the snapshot to the host, if there is one.
func (s snapshotFile) restore(apply func(io.Reader) error) error {
	if s.index == 0 {
		return nil
	}
	r, c, err := s.open()
	if err != nil {
		return &sdk.Error{Reason: sdk.ReasonInternal, Message: "open the snapshot", Err: err}
	}
	return errors.Join(apply(r), c.Close())
}
