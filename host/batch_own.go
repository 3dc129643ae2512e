package host

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
	"github.com/chronik-stream/metalog/sdk"
)

// own does what a host proposed for itself, or refuses it, on every node alike:
// a refusal changes nothing, except that it ends an import whose snapshot is
// found to be damaged. An error says that this build can't do it, so that the
// node must stop.
func (b *batch) own(e *eventpb.Entry) (refused, err error) {
	switch own := e.GetOwn().(type) {
	case nil, *eventpb.Entry_Barrier:
	case *eventpb.Entry_Announcement:
		b.view.directory = b.view.directory.with(e.GetNode(), own.Announcement)
	case *eventpb.Entry_Seal:
		return b.seal(own.Seal.GetTarget()), nil
	case *eventpb.Entry_Unseal:
		b.view.seal = ""
	case *eventpb.Entry_Import:
		return b.importPiece(own.Import)
	default:
		return nil, errors.New("an entry of a kind that this build can't apply: upgrade the node")
	}
	return nil, nil
}

// seal shuts the door. A second one names another target.
func (b *batch) seal(target string) (refused error) {
	if b.view.half != nil {
		return conflict("an import is under way here, and there is no state yet to seal")
	}
	if err := checkTarget(target); err != nil {
		return err
	}
	b.view.seal = target
	return nil
}

// importPiece takes the next piece of a snapshot. A piece that was taken before is
// passed over.
func (b *batch) importPiece(p *eventpb.Import) (refused, err error) {
	taken := b.view.half.taken()
	switch seq := p.GetSeq(); {
	case b.view.seal != "":
		return conflict("this cluster is sealed: unseal it, or import into a new one"), nil
	case b.draft.Revision() > 0:
		return conflict("this cluster has a state already, at revision %d: import into a new one", b.draft.Revision()), nil
	case len(p.GetChunk()) == 0:
		return conflict("a piece of a snapshot has no bytes"), nil
	case seq == 0 || seq > taken+1:
		return conflict("piece %d of a snapshot came after piece %d: the one in between is missing", seq, taken), nil
	case seq <= taken && (p.GetLast() || !bytes.Equal(b.view.half.pieces[seq-1], p.GetChunk())):
		return errOtherHalf, nil
	case seq <= taken:
		return nil, nil
	}
	b.view.half = b.view.half.with(p.GetChunk())
	if !p.GetLast() {
		return nil, nil
	}
	return b.importAll()
}

// importAll puts the snapshot that has come in the state's place. One that is
// damaged is dropped, and so is all that has come of it. One that a newer build
// wrote must stop the node rather than be refused: to another node's build it may
// be as good as any.
func (b *batch) importAll() (refused, err error) {
	whole := b.view.half
	b.view.half = nil
	state, err := whole.state()
	switch {
	case errors.Is(err, metadata.ErrNewer):
		return nil, fmt.Errorf("the snapshot that was imported: %w", err)
	case err != nil:
		return unusable(err), nil
	}
	b.draft, b.moved = state.Draft(), state
	b.results, b.changes, b.marks = nil, nil, nil
	b.before = state.Revision()
	return nil, nil
}

// conflict refuses an entry that doesn't fit what the cluster is.
func conflict(format string, args ...any) error {
	return notAppended(sdk.ReasonConflict, fmt.Sprintf(format, args...), nil)
}

var errOtherHalf = conflict("half of another snapshot has been imported here already: finish that import, or import into a new cluster")
