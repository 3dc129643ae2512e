package host

import (
	"context"
	"fmt"
	"io"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
	"github.com/chronik-stream/metalog/sdk"
)

// pieceSize is how much of a snapshot goes into one entry: half of what one may
// hold, so that it passes wherever an entry does.
const pieceSize = 512 << 10

// Import makes the state of this cluster, which must be a new one, that of a
// snapshot: its records, revision, last time and stored answers, but neither its
// seal nor its nodes. It returns revision and digest once that is in place here;
// every other node gets it by the log, or by a snapshot.
//
// It reads r twice, from where it stands to its end. Nothing is proposed before all
// of it has been read once and found good. Errors of that part match
// sdk.ErrNotAppended, and sdk.ErrCorrupt or sdk.ErrIncompatible (InspectSnapshot),
// or are r's; a cluster that has a state, is sealed, or holds half of another
// snapshot is sdk.ErrConflict. From then on an import that failed may be repeated
// with the same bytes, by this process or by a later one, and goes on where it was.
// Until then the cluster serves nothing.
//
// Progress is called with the bytes that are in place, on the caller's goroutine;
// nil: nobody asks. One call at a time makes sense.
func (s *Store) Import(ctx context.Context, r io.ReadSeeker, progress func(done int64)) (uint64, metadata.Digest, error) {
	start, err := r.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0, metadata.Digest{}, err
	}
	v, size, err := inspect(r)
	if err == nil {
		if why := v.importable(); why != nil {
			err = notAppended(sdk.ReasonConflict, "this snapshot can't be imported", why)
		}
	}
	if err != nil {
		return 0, metadata.Digest{}, err
	}
	if progress == nil {
		progress = func(int64) {}
	}
	i := &importer{
		store: s, from: r, size: size, progress: progress,
		revision: v.state.Revision(), digest: v.state.Digest(),
	}
	if _, err := r.Seek(start, io.SeekStart); err != nil {
		return 0, metadata.Digest{}, err
	}
	return i.revision, i.digest, i.run(ctx)
}

// importer proposes a snapshot that was found good, piece by piece.
type importer struct {
	store    *Store
	from     io.Reader
	size     int64
	progress func(done int64)
	revision uint64
	digest   metadata.Digest
}

func (i *importer) run(ctx context.Context) error {
	if err := i.store.writer.open(ctx); err != nil {
		return err
	}
	if err := i.fits(i.store.board.latest.Load()); err != nil {
		return err
	}
	done := int64(0)
	for seq := uint64(1); done < i.size; seq++ {
		piece := make([]byte, min(pieceSize, i.size-done))
		if err := readFull(i.from, piece); err != nil {
			return fmt.Errorf("the snapshot can't be read a second time; repeat the import: %w", err)
		}
		done += int64(len(piece))
		if err := i.place(ctx, seq, piece, done == i.size); err != nil {
			return err
		}
		i.progress(done)
	}
	return nil
}

// fits refuses what apply would refuse.
func (i *importer) fits(v *view) error {
	revision := v.state.Revision()
	switch {
	case v.seal != "":
		return conflict("this cluster is sealed, its state has moved to %s: import into a new one", v.seal)
	case revision == i.revision && revision > 0 && v.state.Digest() == i.digest:
		return conflict("this cluster holds the state of this very snapshot already, revision %d", revision)
	case revision > 0:
		return conflict("this cluster has a state already, at revision %d: import into a new one", revision)
	}
	return nil
}

// place returns once a piece has been taken here, or the state for the last one.
// What a cluster without a majority, or one that is busy, doesn't take is proposed
// again until ctx ends.
func (i *importer) place(ctx context.Context, seq uint64, piece []byte, last bool) error {
	o := i.store.orders
	done := func() bool { return i.store.board.latest.Load().half.has(seq, piece) }
	if last {
		done = func() bool { return i.store.writer.replica.had(i.revision, i.digest) }
	} else if done() {
		return nil
	}
	entry := func() *eventpb.Entry { return o.author.piece(seq, piece, last) }
	for wait := againFirst; ; wait = min(2*wait, againMax) {
		err := o.carryOut(ctx, entry, done)
		if err == nil || !passing(err) {
			return err
		}
		if err := o.pause(ctx, wait, err); err != nil {
			return err
		}
	}
}
