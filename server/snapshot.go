package server

import (
	"context"
	"sync"
	"time"

	"google.golang.org/grpc"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/host"
)

// maxPiece is the largest piece of a snapshot in one message.
const maxPiece = 256 << 10

// SaveSnapshot ends early with the caller or the server. It has to begin within the
// time that any call has, and may then take as long as the caller reads.
func (a *admin) SaveSnapshot(r *metalogv1.SaveSnapshotRequest, stream grpc.ServerStreamingServer[metalogv1.SaveSnapshotResponse]) error {
	ctx, cancel := context.WithCancelCause(stream.Context())
	var leaving sync.WaitGroup
	leaving.Go(func() {
		select {
		case <-a.server.leaving:
			cancel(errLeaving)
		case <-ctx.Done():
		}
	})
	defer leaving.Wait()
	defer cancel(nil)
	late := time.AfterFunc(a.server.cfg.MaxWait, func() { cancel(context.DeadlineExceeded) })
	defer late.Stop()
	saved, err := a.server.node.Snapshot(ctx, pieces{ctx, late, stream}, host.SnapshotOptions{Local: r.GetLocal()})
	if err != nil {
		return convert.ReadStatus(err).Err()
	}
	return stream.Send(&metalogv1.SaveSnapshotResponse{End: &metalogv1.SnapshotEnd{
		Bytes: uint64(saved.Bytes), Revision: saved.Revision, Digest: saved.Digest.String(),
	}})
}

// pieces sends what is written to it, and stops the clock when that begins.
type pieces struct {
	ctx    context.Context //nolint:containedctx // a writer has no other way to hear of the end
	late   *time.Timer
	stream grpc.ServerStreamingServer[metalogv1.SaveSnapshotResponse]
}

func (p pieces) Write(data []byte) (n int, err error) {
	p.late.Stop()
	for n < len(data) {
		if p.ctx.Err() != nil {
			return n, context.Cause(p.ctx)
		}
		piece := data[n:min(len(data), n+maxPiece)]
		if err := p.stream.Send(&metalogv1.SaveSnapshotResponse{Chunk: piece}); err != nil {
			return n, err
		}
		n += len(piece)
	}
	return n, nil
}
