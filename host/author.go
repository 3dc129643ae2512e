package host

import (
	"time"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// author writes the entries of this node. Any goroutine may use it.
type author struct {
	node  string
	now   func() time.Time
	newID func() [16]byte
	board *board
}

// entry returns one without content. It bears witness to the state as it is.
func (a *author) entry() *eventpb.Entry {
	id := a.newID()
	state := a.board.latest.Load().state
	digest := state.Digest()
	return &eventpb.Entry{
		Id: id[:], Node: a.node, ClockMs: a.now().UnixMilli(),
		Witness: &eventpb.Witness{Revision: state.Revision(), Digest: digest[:], DigestVersion: metadata.DigestVersion},
	}
}

func (a *author) barrier() *eventpb.Entry {
	e := a.entry()
	e.Own = &eventpb.Entry_Barrier{Barrier: &eventpb.Barrier{}}
	return e
}

func (a *author) announcement(n Node) *eventpb.Entry {
	e := a.entry()
	e.Own = &eventpb.Entry_Announcement{Announcement: &eventpb.Announcement{
		ApiAddress: n.APIAddress, Version: n.Version, FeatureMin: n.FeatureMin, FeatureMax: n.FeatureMax,
	}}
	return e
}

func (a *author) seal(target string) *eventpb.Entry {
	e := a.entry()
	e.Own = &eventpb.Entry_Seal{Seal: &eventpb.Seal{Target: target}}
	return e
}

func (a *author) unseal() *eventpb.Entry {
	e := a.entry()
	e.Own = &eventpb.Entry_Unseal{Unseal: &eventpb.Unseal{}}
	return e
}

func (a *author) piece(seq uint64, chunk []byte, last bool) *eventpb.Entry {
	e := a.entry()
	e.Own = &eventpb.Entry_Import{Import: &eventpb.Import{Seq: seq, Chunk: chunk, Last: last}}
	return e
}

func (a *author) events(calls []*call) *eventpb.Entry {
	e := a.entry()
	e.Events = make([][]byte, len(calls))
	for i, c := range calls {
		e.Events[i] = c.data
	}
	return e
}
