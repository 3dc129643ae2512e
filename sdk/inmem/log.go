package inmem

import (
	"bytes"
	"slices"

	"github.com/chronik-stream/metalog/sdk"
)

// A delivery holds at most so much, which keeps it within one message of the
// process wall. The log itself has no bound but memory and Compact.
const (
	deliveryEntries = 256
	deliveryBytes   = 4 << 20
)

// log is a snapshot and the entries above it. A copy stays what it is when the
// original grows or is compacted; only the cluster's own grows.
type log struct {
	base     uint64   // the last index that the snapshot covers
	snapshot []byte   // never changed; nil while base is 0
	entries  [][]byte // from base+1 on; never changed
}

func (l *log) last() uint64 { return l.base + uint64(len(l.entries)) }

func (l *log) append(data []byte) { l.entries = append(l.entries, bytes.Clone(data)) }

// after copies entries above index: each node's host owns what it gets.
func (l *log) after(index uint64) []sdk.Entry {
	var batch []sdk.Entry
	size := 0
	for _, data := range l.entries[index-l.base:] {
		size += len(data)
		if len(batch) == deliveryEntries || len(batch) > 0 && size > deliveryBytes {
			break
		}
		index++
		batch = append(batch, sdk.Entry{Index: index, Data: bytes.Clone(data)})
	}
	return batch
}

// compact replaces the entries up to index by a snapshot that covers them.
func (l *log) compact(index uint64, snapshot []byte) {
	if index <= l.base {
		return
	}
	l.entries = slices.Clone(l.entries[index-l.base:])
	l.base, l.snapshot = index, snapshot
}
