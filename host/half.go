package host

import (
	"bytes"
	"errors"
	"io"
	"slices"

	"github.com/chronik-stream/metalog/metadata"
)

// half is an import under way: the pieces of a framed snapshot that have come so
// far, the first being number 1. A published one never changes; nil is none.
type half struct {
	pieces [][]byte // none is empty
	bytes  int64
}

// taken is the number of the latest piece; 0: none has come.
func (h *half) taken() uint64 {
	if h == nil {
		return 0
	}
	return uint64(len(h.pieces))
}

// has reports whether piece number seq has come, with these bytes.
func (h *half) has(seq uint64, piece []byte) bool {
	return seq > 0 && seq <= h.taken() && bytes.Equal(h.pieces[seq-1], piece)
}

// size is how many bytes have come.
func (h *half) size() int64 {
	if h == nil {
		return 0
	}
	return h.bytes
}

// with is h and another piece, which nobody changes any more.
func (h *half) with(piece []byte) *half {
	var before half
	if h != nil {
		before = *h
	}
	return &half{pieces: append(slices.Clip(before.pieces), piece), bytes: before.bytes + int64(len(piece))}
}

// state is that of the snapshot, of which this is the whole.
func (h *half) state() (*metadata.State, error) {
	readers := make([]io.Reader, len(h.pieces))
	for i, p := range h.pieces {
		readers[i] = bytes.NewReader(p)
	}
	v, err := readView(io.MultiReader(readers...))
	if err != nil {
		return nil, err
	}
	return v.state, v.importable()
}

// importable refuses a snapshot that holds no state.
func (v *view) importable() error {
	if v.half != nil {
		return errors.New("it is of a cluster that was importing one itself, and holds no state: take it of the cluster whose state it was")
	}
	return nil
}
