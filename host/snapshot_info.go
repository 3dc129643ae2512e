package host

import (
	"errors"
	"io"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
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
	Parts        []metadata.SnapshotPart
	SealedTo     string // empty: its cluster wasn't sealed
	Importing    int64  // bytes of an import that wasn't complete; such a snapshot holds no state
	Nodes        []Node // that had announced themselves, by id
}

// InspectSnapshot reads a whole snapshot and holds it against its checksums and
// its digest. The error matches sdk.ErrIncompatible if a newer build wrote it,
// sdk.ErrCorrupt if its bytes aren't what any build writes, and is r's otherwise.
func InspectSnapshot(r io.Reader) (SnapshotInfo, error) {
	v, bytes, err := inspect(r)
	if err != nil {
		return SnapshotInfo{}, err
	}
	return SnapshotInfo{
		Format: int(formatOf(v)), Bytes: bytes, Index: v.index,
		Revision: v.state.Revision(), Digest: v.state.Digest(), LastMS: v.state.LastMS(),
		FeatureLevel: v.state.FeatureLevel(), Counts: v.state.Counts(), DedupFloor: v.state.DedupFloor(),
		Parts: v.state.SnapshotParts(), SealedTo: v.seal, Importing: v.half.size(), Nodes: v.directory.nodes(),
	}, nil
}

// inspect reads a whole snapshot that somebody brings.
func inspect(r io.Reader) (v *view, bytes int64, err error) {
	src := &source{r: r}
	v, err = readView(src)
	switch {
	case src.err != nil:
		return nil, src.n, src.err
	case err != nil:
		return nil, src.n, unusable(err)
	}
	return v, src.n, nil
}

// unusable is what is wrong with a snapshot that somebody brings.
func unusable(err error) error {
	if errors.Is(err, metadata.ErrNewer) {
		return notAppended(sdk.ReasonIncompatible, "this snapshot can't be read by this build", err)
	}
	return notAppended(sdk.ReasonCorrupt, "this snapshot is damaged or isn't whole: take another", err)
}
