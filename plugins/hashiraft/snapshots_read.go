package hashiraft

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"hash/crc64"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/raft"

	"github.com/chronik-stream/metalog/internal/boltlog"
)

// The layout of raft.FileSnapshotStore, and a file of ours: raft's checksum
// covers the state, not what meta.json says of it.
const (
	snapshotsName = "snapshots"
	metaName      = "meta.json"
	stateName     = "state.bin"
	sealName      = "meta.crc"

	readBuffer = 256 << 10
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// snapshotDir is a snapshot on disk. It is only read; raft writes and removes it.
type snapshotDir struct {
	path string
	meta raft.SnapshotMeta
	crc  []byte // of the state, CRC-64 (ECMA)
}

// index is the last entry that the snapshot covers; 0: there is no snapshot.
func (s snapshotDir) index() uint64 { return s.meta.Index }

// newestSnapshot finds the snapshot that raft would take if all of them were
// sound, and reads its meta.json. Its state isn't verified. It is for a directory
// in which nobody writes snapshots.
func newestSnapshot(dir string) (snapshotDir, error) {
	newest, err := newestByName(dir)
	if err != nil || newest.index() == 0 {
		return newest, err
	}
	return newest, newest.readMeta()
}

// newestByName knows of the meta data what is in the name. While raft runs, the
// snapshot itself may be gone a moment later, in favour of a newer one.
func newestByName(dir string) (snapshotDir, error) {
	var newest snapshotDir
	names, err := os.ReadDir(filepath.Join(dir, snapshotsName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return newest, err
	}
	for _, n := range names {
		meta, ok := parseName(n.Name())
		if ok && n.IsDir() && compare(meta, newest.meta) > 0 {
			newest.path, newest.meta = filepath.Join(dir, snapshotsName, n.Name()), meta
		}
	}
	return newest, nil
}

// parseName takes apart TERM-INDEX-MILLISECONDS. An unfinished snapshot, and
// whatever isn't raft's, has another name.
func parseName(name string) (meta raft.SnapshotMeta, ok bool) {
	var at uint64
	n, err := fmt.Sscanf(name, "%d-%d-%d", &meta.Term, &meta.Index, &at)
	meta.ID = name
	return meta, err == nil && n == 3 && fmt.Sprintf("%d-%d-%d", meta.Term, meta.Index, at) == name
}

// compare is the order of raft's store.
func compare(a, b raft.SnapshotMeta) int {
	return cmp.Or(cmp.Compare(a.Term, b.Term), cmp.Compare(a.Index, b.Index), cmp.Compare(a.ID, b.ID))
}

func (s *snapshotDir) readMeta() error {
	path := filepath.Join(s.path, metaName)
	raw, err := os.ReadFile(path)
	if err != nil {
		return s.missing(path, err)
	}
	if err := s.checkSeal(raw); err != nil {
		return err
	}
	var read struct {
		raft.SnapshotMeta
		CRC []byte
	}
	if err := json.Unmarshal(raw, &read); err != nil {
		return boltlog.Corrupt(path, s.index(), "%v", err)
	}
	if compare(read.SnapshotMeta, s.meta) != 0 {
		return boltlog.Corrupt(path, s.index(), "it is that of snapshot %s, term %d, index %d", read.ID, read.Term, read.Index)
	}
	if read.Version != raft.SnapshotVersionMax || len(read.Configuration.Servers) == 0 || len(read.CRC) != crc64.Size {
		return boltlog.Corrupt(path, s.index(), "not what raft writes of a snapshot")
	}
	s.meta, s.crc = read.SnapshotMeta, read.CRC
	return nil
}

// checkSeal holds meta.json against its checksum. A snapshot whose writing was
// interrupted at the very end has none yet.
func (s *snapshotDir) checkSeal(meta []byte) error {
	path := filepath.Join(s.path, sealName)
	seal, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if string(seal) != sealOf(meta) {
		return boltlog.Corrupt(path, s.index(), "it doesn't fit %s", metaName)
	}
	return nil
}

func sealOf(meta []byte) string { return fmt.Sprintf("%08x\n", crc32.Checksum(meta, castagnoli)) }

// verify reads the state and holds it against its checksum.
func (s *snapshotDir) verify() error {
	path := filepath.Join(s.path, stateName)
	f, err := os.Open(path)
	if err != nil {
		return s.missing(path, err)
	}
	defer f.Close()
	sum := crc64.New(crc64.MakeTable(crc64.ECMA))
	size, err := io.Copy(sum, f)
	switch {
	case err != nil:
		return fmt.Errorf("read %s: %w", path, err)
	case size != s.meta.Size:
		return boltlog.Corrupt(path, s.index(), "%d bytes long instead of %d", size, s.meta.Size)
	case !bytes.Equal(sum.Sum(nil), s.crc):
		return boltlog.Corrupt(path, s.index(), "the checksum of the snapshot is wrong")
	}
	return nil
}

func (s *snapshotDir) missing(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return boltlog.Corrupt(path, s.index(), "it is missing")
	}
	return err
}

// open returns the state. The caller closes it.
func (s snapshotDir) open() (io.ReadCloser, error) {
	f, err := os.Open(filepath.Join(s.path, stateName))
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{bufio.NewReaderSize(f, readBuffer), f}, nil
}

// removeUnfinished removes what a crash has left half written: raft never does.
func removeUnfinished(dir string) error {
	err := os.RemoveAll(filepath.Join(dir, logName+boltlog.TmpSuffix))
	names, listed := os.ReadDir(filepath.Join(dir, snapshotsName))
	if !errors.Is(listed, fs.ErrNotExist) {
		err = errors.Join(err, listed)
	}
	for _, n := range names {
		name, unfinished := strings.CutSuffix(n.Name(), boltlog.TmpSuffix)
		if _, ours := parseName(name); unfinished && ours {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, snapshotsName, n.Name())))
		}
	}
	return err
}
