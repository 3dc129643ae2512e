package boltlog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"

	"github.com/chronik-stream/metalog/sdk"
)

// bbolt's file begins with two meta pages, written in turn: a page header, then
// fields with an FNV-1a over them. These are the places of what is read here;
// see page.go and meta.go in bbolt's internal/common.
const (
	pageHeader   = 16
	pageFlags    = 8
	pageCount    = 10
	pageOverflow = 12

	metaPageSize = pageHeader + 8
	metaRoot     = pageHeader + 16
	metaFreelist = pageHeader + 32
	metaTxid     = pageHeader + 48
	metaSum      = pageHeader + 56
	metaLength   = metaSum + 8

	freelistPage = 0x10
)

type meta struct{ pageSize, root, freelist, txid uint64 }

// checkMetaPages fails unless both meta pages are sound: with one of them damaged
// bbolt takes the other, and the last write is gone. Each lies in one sector,
// so that a crash doesn't tear it. The list of free pages must not reach beyond
// its own page, nor the buckets beyond the root's, where bbolt would follow.
func checkMetaPages(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &sdk.Error{
			Reason:  sdk.ReasonCorrupt,
			Message: path + " is missing: this directory has been used before; restore it from a backup",
		}
	}
	if err != nil {
		return err
	}
	defer f.Close()
	newest, err := readMeta(f, 0)
	if err != nil {
		return Corrupt(path, 0, "first meta page: %v", err)
	}
	second, err := readMeta(f, newest.pageSize)
	if err != nil {
		return Corrupt(path, 0, "second meta page: %v", err)
	}
	if second.txid > newest.txid {
		newest = second
	}
	if err := checkFreelist(f, newest); err != nil {
		return Corrupt(path, 0, "the list of free pages: %v", err)
	}
	if err := checkRoot(f, newest); err != nil {
		return Corrupt(path, 0, "the root page: %v", err)
	}
	return nil
}

func readMeta(f io.ReaderAt, at uint64) (meta, error) {
	var b [metaLength]byte
	if _, err := f.ReadAt(b[:], int64(at)); err != nil {
		return meta{}, err
	}
	sum := fnv.New64a()
	_, _ = sum.Write(b[pageHeader:metaSum])
	if sum.Sum64() != binary.NativeEndian.Uint64(b[metaSum:]) {
		return meta{}, errors.New("its checksum is wrong")
	}
	return meta{
		pageSize: uint64(binary.NativeEndian.Uint32(b[metaPageSize:])),
		root:     binary.NativeEndian.Uint64(b[metaRoot:]),
		freelist: binary.NativeEndian.Uint64(b[metaFreelist:]),
		txid:     binary.NativeEndian.Uint64(b[metaTxid:]),
	}, nil
}

func checkFreelist(f io.ReaderAt, m meta) error {
	var b [pageHeader + 8]byte // the first free page may stand for the count
	if _, err := f.ReadAt(b[:], int64(m.freelist*m.pageSize)); err != nil {
		return err
	}
	count := uint64(binary.NativeEndian.Uint16(b[pageCount:]))
	if count == 0xFFFF {
		count = binary.NativeEndian.Uint64(b[pageHeader:]) + 1
	}
	length := (uint64(binary.NativeEndian.Uint32(b[pageOverflow:])) + 1) * m.pageSize
	switch {
	case binary.NativeEndian.Uint64(b[:]) != m.freelist, binary.NativeEndian.Uint16(b[pageFlags:]) != freelistPage:
		return errors.New("it isn't where it should be")
	case count > (length-pageHeader)/8:
		return fmt.Errorf("%d pages in %d bytes", count, length)
	}
	_, err := f.ReadAt(b[:1], int64(m.freelist*m.pageSize+length-1))
	return err
}
