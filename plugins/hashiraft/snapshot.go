package hashiraft

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/hashicorp/raft"

	"github.com/chronik-stream/metalog/sdk"
)

// A snapshot's bytes are the host's behind a header: a magic, and the index of
// the last command or configuration they cover. The library tells its state
// machine of no index, neither when it takes one nor when it restores.
const (
	snapshotMagic  = "MLHRSN01"
	snapshotHeader = len(snapshotMagic) + 8
)

func readHeader(r io.Reader) (reached uint64, err error) {
	var header [snapshotHeader]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return 0, fmt.Errorf("read the snapshot's header: %w", err)
	}
	if string(header[:len(snapshotMagic)]) != snapshotMagic {
		return 0, errors.New("the snapshot isn't one of this backend")
	}
	return binary.BigEndian.Uint64(header[len(snapshotMagic):]), nil
}

// snapshot is a pinned state on its way to a sink.
type snapshot struct {
	ctx     context.Context // ends with the session
	host    sdk.Snapshot
	reached uint64
}

// Persist writes the snapshot, or until the session ends; Apply goes on
// meanwhile. The library closes or cancels the sink.
func (s *snapshot) Persist(sink raft.SnapshotSink) error {
	header := binary.BigEndian.AppendUint64([]byte(snapshotMagic), s.reached)
	if _, err := sink.Write(header); err != nil {
		return err
	}
	_, err := s.host.WriteTo(untilEnd{s.ctx, sink})
	return err
}

// untilEnd refuses what is written after the end of the session, which waits for
// the snapshot.
type untilEnd struct {
	ctx context.Context
	to  io.Writer
}

func (w untilEnd) Write(p []byte) (int, error) {
	if w.ctx.Err() != nil {
		return 0, context.Cause(w.ctx)
	}
	return w.to.Write(p)
}

// Release is called once, whatever became of Persist.
func (s *snapshot) Release() { s.host.Release() }
