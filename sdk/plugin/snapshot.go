package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"google.golang.org/grpc"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/backendpb"
)

type putSnapshotStream = grpc.ClientStreamingServer[backendpb.SnapshotChunk, backendpb.PutSnapshotResponse]

// Snapshot asks the host to pin its state at this position.
func (s *session) Snapshot(ctx context.Context) (sdk.Snapshot, error) {
	s.serial.Lock()
	defer s.serial.Unlock()
	snap := &snapshot{session: s, feed: make(chan *feed, 1), released: make(chan struct{})}
	s.mu.Lock()
	open := len(s.snapshots)
	s.lastID++
	snap.id = s.lastID
	s.snapshots[snap.id] = snap
	s.mu.Unlock()
	if open >= openSnapshots {
		return nil, s.broken(fmt.Sprintf("%d snapshots are open: each must be released", open))
	}
	needed := func(position uint64) *backendpb.PluginMessage {
		return &backendpb.PluginMessage{Message: &backendpb.PluginMessage_SnapshotNeeded{
			SnapshotNeeded: &backendpb.SnapshotNeeded{Position: position, Id: snap.id},
		}}
	}
	if err := s.place(ctx, needed); err != nil {
		snap.Release()
		return nil, err
	}
	return snap, nil
}

// place queues a message in the order of entries, waiting for room.
func (s *session) place(ctx context.Context, message func(uint64) *backendpb.PluginMessage) error {
	for {
		if s.delivery.Err() != nil {
			return context.Cause(s.delivery)
		}
		if s.out.place(message) {
			return nil
		}
		if err := s.await(ctx, nil); err != nil {
			return err
		}
	}
}

// snapshot is the host's state as the backend holds it: bytes that the host
// streams once somebody reads.
type snapshot struct {
	session  *session
	id       uint64
	feed     chan *feed // size 1: PutSnapshot's stream, once it is there
	released chan struct{}
	once     sync.Once
}

// feed is one PutSnapshot call. Its reader is the goroutine in WriteTo, while
// the call's own waits for done.
type feed struct {
	stream putSnapshotStream
	chunk  *backendpb.SnapshotChunk // received, not yet written
	whole  bool                     // read to the last chunk; set before done
	done   chan struct{}
}

// WriteTo writes nothing short: an error, or the whole state.
func (n *snapshot) WriteTo(w io.Writer) (written int64, err error) {
	select {
	case f := <-n.feed:
		defer close(f.done)
		return f.writeTo(w)
	case <-n.released:
		return 0, &sdk.Error{Reason: sdk.ReasonClosed, Message: "the snapshot was released before it was read"}
	case <-n.session.delivery.Done():
		return 0, context.Cause(n.session.delivery)
	}
}

func (f *feed) writeTo(w io.Writer) (written int64, err error) {
	for chunk := f.chunk; ; {
		n, err := w.Write(chunk.GetData())
		written += int64(n)
		if err != nil {
			return written, err
		}
		if chunk.GetLast() {
			f.whole = true
			return written, nil
		}
		if chunk, err = f.stream.Recv(); err != nil {
			return written, cutShort(err)
		}
	}
}

// cutShort keeps the end of a stream from looking like the end of a snapshot.
func cutShort(err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("the snapshot was cut short: %w", err)
}

func (n *snapshot) Release() {
	n.once.Do(func() {
		n.session.mu.Lock()
		delete(n.session.snapshots, n.id)
		n.session.mu.Unlock()
		close(n.released)
	})
}

// putSnapshot serves one PutSnapshot call: it lends the stream to whoever reads
// the snapshot. One that is released, or was never asked for, ends unread.
func (s *session) putSnapshot(stream putSnapshotStream) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	s.mu.Lock()
	snap := s.snapshots[first.GetId()]
	s.mu.Unlock()
	if snap == nil {
		return stream.SendAndClose(&backendpb.PutSnapshotResponse{Unread: true})
	}
	f := &feed{stream: stream, chunk: first, done: make(chan struct{})}
	select {
	case snap.feed <- f:
	default:
		return statusOf(&sdk.Error{Reason: sdk.ReasonIncompatible, Message: fmt.Sprintf("snapshot %d is being sent twice", snap.id)})
	}
	select {
	case <-f.done:
		return stream.SendAndClose(&backendpb.PutSnapshotResponse{Unread: !f.whole})
	case <-snap.released:
		return stream.SendAndClose(&backendpb.PutSnapshotResponse{Unread: true})
	case <-s.delivery.Done():
		return statusOf(context.Cause(s.delivery))
	}
}
