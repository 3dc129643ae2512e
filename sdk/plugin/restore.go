package plugin

import (
	"context"
	"fmt"
	"io"
	"sync"

	"google.golang.org/grpc"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/backendpb"
)

type getSnapshotStream = grpc.ServerStreamingServer[backendpb.SnapshotChunk]

// Restore tells the host to fetch r at this position and returns when the host
// has taken it for its state.
func (s *session) Restore(ctx context.Context, r io.Reader) error {
	s.serial.Lock()
	defer s.serial.Unlock()
	res := &restore{r: r, done: make(chan struct{})}
	defer res.close()
	s.mu.Lock()
	s.lastID++
	res.id = s.lastID
	s.restoring = res
	s.mu.Unlock()
	needed := func(position uint64) *backendpb.PluginMessage {
		return &backendpb.PluginMessage{Message: &backendpb.PluginMessage_RestoreNeeded{
			RestoreNeeded: &backendpb.RestoreNeeded{Position: position, Id: res.id},
		}}
	}
	if err := s.place(ctx, needed); err != nil {
		return err
	}
	return s.await(ctx, res.done)
}

// restore is the one Restore under way. Its reader belongs to the backend, so
// nobody reads it any more once Restore has returned.
type restore struct {
	id   uint64
	done chan struct{} // closed by RestoreDone
	once sync.Once

	mu     sync.Mutex // held while r is read
	r      io.Reader
	taken  bool
	closed bool
}

func (r *restore) close() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
}

func (r *restore) take() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := r.taken
	r.taken = true
	return !taken
}

// fill reads until buf is full or the snapshot ends.
func (r *restore) fill(buf []byte) (n int, last bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return 0, false, &sdk.Error{Reason: sdk.ReasonClosed, Message: "the restore is over"}
	}
	for n < len(buf) {
		m, err := r.r.Read(buf[n:])
		n += m
		if err == io.EOF {
			return n, true, nil
		}
		if err != nil {
			return n, false, err
		}
	}
	return n, false, nil
}

func (s *session) restoreOf(id uint64) *restore {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.restoring == nil || s.restoring.id != id {
		return nil
	}
	return s.restoring
}

func (s *session) restored(id uint64) {
	if r := s.restoreOf(id); r != nil {
		r.once.Do(func() { close(r.done) })
	}
}

// getSnapshot serves one GetSnapshot call. A host that is past the snapshot
// ends it early, which is no failure; a reader that fails ends the session.
func (s *session) getSnapshot(id uint64, stream getSnapshotStream) error {
	r := s.restoreOf(id)
	if r == nil || !r.take() {
		return statusOf(&sdk.Error{Reason: sdk.ReasonIncompatible, Message: fmt.Sprintf("no restore %d is waiting to be read", id)})
	}
	buf := make([]byte, chunkBytes)
	for {
		n, last, err := r.fill(buf)
		if err != nil {
			if !r.over() {
				s.end(fmt.Errorf("reading the snapshot to restore: %w", err))
			}
			return statusOf(err)
		}
		if err := stream.Send(&backendpb.SnapshotChunk{Id: id, Data: buf[:n], Last: last}); err != nil {
			return err
		}
		s.progressed()
		if last {
			return nil
		}
	}
}

func (r *restore) over() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.closed
}
