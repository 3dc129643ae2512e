package plugin

import (
	"context"
	"errors"
	"io"

	"google.golang.org/grpc"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/backendpb"
)

// snapshot pins the host's state now and streams it beside what follows.
func (p *Proxy) snapshot(ctx context.Context, sm sdk.StateMachine, id uint64) error {
	if n := p.snapshots.Add(1); n > 2*openSnapshots {
		return protocolError("snapshots: each is released before long: too many are open")
	}
	snap, err := sm.Snapshot(ctx)
	if err != nil {
		p.snapshots.Add(-1)
		return err
	}
	p.running.Go(func() {
		defer p.snapshots.Add(-1)
		defer snap.Release()
		if err := p.putSnapshot(snap, id); err != nil && p.ctx.Err() == nil {
			p.log.Warn("a snapshot did not reach the backend", "snapshot", id, "error", err)
		}
	})
	return nil
}

func (p *Proxy) putSnapshot(snap sdk.Snapshot, id uint64) error {
	ctx, cancel := context.WithCancel(p.streams)
	defer cancel()
	stream, err := p.client.PutSnapshot(ctx)
	if err != nil {
		return transportError(err)
	}
	w := &chunkWriter{stream: stream, id: id, buf: make([]byte, 0, chunkBytes)}
	if err = w.send(false); err == nil { // from here on the plugin knows whose end it sees
		_, err = snap.WriteTo(w)
	}
	if err == nil {
		err = w.send(true)
	}
	if errors.Is(err, errUnread) {
		err = nil
	}
	// Without the last chunk the other end knows that it was cut short. To cancel
	// could take back the first one, too.
	if _, end := stream.CloseAndRecv(); err == nil {
		err = transportError(end)
	}
	return err
}

// errUnread ends the writing of a snapshot that nobody reads any more.
var errUnread = errors.New("the backend released the snapshot")

// chunkWriter cuts what is written into pieces of the stream.
type chunkWriter struct {
	stream grpc.ClientStreamingClient[backendpb.SnapshotChunk, backendpb.PutSnapshotResponse]
	id     uint64
	buf    []byte
}

func (w *chunkWriter) Write(b []byte) (written int, err error) {
	for len(b) > 0 {
		n := min(len(b), cap(w.buf)-len(w.buf))
		w.buf = append(w.buf, b[:n]...)
		b = b[n:]
		written += n
		if len(w.buf) == cap(w.buf) {
			if err := w.send(false); err != nil {
				return written, err
			}
		}
	}
	return written, nil
}

func (w *chunkWriter) send(last bool) error {
	err := w.stream.Send(&backendpb.SnapshotChunk{Id: w.id, Data: w.buf, Last: last})
	w.buf = w.buf[:0]
	if errors.Is(err, io.EOF) {
		return errUnread
	}
	return err
}

// restore fetches the state the backend wants and hands it to the host, who may
// leave it unread.
func (p *Proxy) restore(ctx context.Context, sm sdk.StateMachine, id uint64) error {
	fetch, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := p.client.GetSnapshot(fetch, &backendpb.GetSnapshotRequest{Id: id})
	if err != nil {
		return transportError(err)
	}
	if err := sm.Restore(ctx, &chunkReader{stream: stream}); err != nil {
		return err
	}
	return p.tell(&backendpb.HostMessage{Message: &backendpb.HostMessage_RestoreDone{
		RestoreDone: &backendpb.RestoreDone{Id: id},
	}})
}

// chunkReader reads a streamed snapshot; it ends only with the last chunk.
type chunkReader struct {
	stream grpc.ServerStreamingClient[backendpb.SnapshotChunk]
	rest   []byte
	last   bool
}

func (r *chunkReader) Read(b []byte) (int, error) {
	for len(r.rest) == 0 {
		if r.last {
			return 0, io.EOF
		}
		chunk, err := r.stream.Recv()
		if errors.Is(err, io.EOF) {
			return 0, cutShort(err)
		}
		if err != nil {
			return 0, cutShort(transportError(err))
		}
		r.rest, r.last = chunk.GetData(), chunk.GetLast()
	}
	n := copy(b, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}
