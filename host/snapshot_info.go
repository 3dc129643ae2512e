package host

import (
	"io"

	"github.com/chronik-stream/metalog/metadata"
)

// SnapshotInfo is what a snapshot holds.
type SnapshotInfo struct {
	Format       int // of its frame
	Bytes        int64
	Index        uint64 // of the backend that it comes from
	Revision     uint64
	Digest       metadata.Digest // of the state, computed from its records
	LastMS       int64           // time of the last event, in Unix milliseconds
	FeatureLevel uint32
	Counts       metadata.Counts // Requests are the answers kept for repeated requests
	DedupFloor   uint64          // the latest revision whose answer is forgotten
	Parts        []SnapshotPart  // in the snapshot's order, empty ones too
	SealedTo     string          // empty: its cluster wasn't sealed
	Importing    int64           // bytes of an import that wasn't complete; such a snapshot holds no state
	Nodes        []Node          // that had announced themselves, by id
}

// SnapshotPart is all records of a kind.
type SnapshotPart struct {
	Name    string // topic, partition, broker, config, answer, group, offset, pending_offset, transaction, segment
	Records int
	Bytes   int64 // of their encodings
}

// InspectSnapshot reads a whole snapshot and holds it against its checksums and
// its digest. The error matches sdk.ErrIncompatible if a newer build wrote it,
// sdk.ErrCorrupt if its bytes aren't what any build writes, and is r's otherwise.
func InspectSnapshot(r io.Reader) (SnapshotInfo, error) {
	panic("not yet")
}
