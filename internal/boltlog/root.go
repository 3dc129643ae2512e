package boltlog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The root page has one element for each bucket: a header of 16 bytes, which says
// where key and value are, counted from itself. The value begins with the number
// of the bucket's page, or with 0 if the page is so small that it follows right
// there. See page.go and bucket.go in bbolt.
const (
	leafPage       = 0x02
	bucketElement  = 0x01
	elementHeader  = 16
	bucketHeader   = 16
	longestRoot    = 16 // pages; it has three small elements
	elementPos     = 4
	elementKeySize = 8
	elementSize    = 12
)

// checkRoot makes sure that nothing in the root page leads out of it. bbolt
// copies small buckets to the heap: where an element of a damaged one leads out
// of that copy, the garbage collector ends the process.
func checkRoot(f io.ReaderAt, m meta) error {
	page := make([]byte, m.pageSize)
	if _, err := f.ReadAt(page, int64(m.root*m.pageSize)); err != nil {
		return err
	}
	if more := binary.NativeEndian.Uint32(page[pageOverflow:]); more > 0 {
		if more > longestRoot {
			return fmt.Errorf("%d pages long", more)
		}
		page = make([]byte, m.pageSize*(uint64(more)+1))
		if _, err := f.ReadAt(page, int64(m.root*m.pageSize)); err != nil {
			return err
		}
	}
	return eachElement(page, func(flags uint32, value []byte) error {
		if flags != bucketElement || len(value) < bucketHeader {
			return errors.New("there is something that isn't a bucket")
		}
		inline := value[bucketHeader:]
		if binary.NativeEndian.Uint64(value) != 0 {
			if len(inline) > 0 {
				return errors.New("a bucket has two pages")
			}
			return nil
		}
		return eachElement(inline, func(flags uint32, _ []byte) error {
			if flags != 0 {
				return errors.New("a bucket has a bucket within")
			}
			return nil
		})
	})
}

// eachElement visits the elements of a leaf page, none of which leads out of it.
func eachElement(page []byte, visit func(flags uint32, value []byte) error) error {
	if len(page) < pageHeader || binary.NativeEndian.Uint16(page[pageFlags:]) != leafPage {
		return errors.New("it isn't a leaf")
	}
	for i := range int(binary.NativeEndian.Uint16(page[pageCount:])) {
		at := pageHeader + i*elementHeader
		if at+elementHeader > len(page) {
			return errors.New("it has more elements than it has room for")
		}
		e := page[at:]
		key := uint64(binary.NativeEndian.Uint32(e[elementPos:]))
		value := key + uint64(binary.NativeEndian.Uint32(e[elementKeySize:]))
		end := value + uint64(binary.NativeEndian.Uint32(e[elementSize:]))
		if end > uint64(len(e)) {
			return fmt.Errorf("element %d leads out of it", i)
		}
		if err := visit(binary.NativeEndian.Uint32(e), e[value:end]); err != nil {
			return err
		}
	}
	return nil
}
