package server

import (
	"context"
	"errors"
	"sync"

	"google.golang.org/protobuf/proto"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

// maxFragment is about how large one message of a watch gets; a change that is
// larger is told in several.
const maxFragment = 8 << 20

// errLeaving ends watches when the server does: another may go on with them.
var errLeaving = convert.Matching("this node's server is stopping: go on with another, or in a moment", metadata.ErrUnavailable)

// watches is the Watch service.
type watches struct {
	metalogv1.UnimplementedWatchServer
	node    Node
	leaving <-chan struct{}
}

// Watch ends with the caller, the node or the server.
func (w *watches) Watch(req *metalogv1.WatchRequest, stream metalogv1.Watch_WatchServer) error {
	options, err := convert.WatchOptions(req)
	if err != nil {
		return convert.ReadStatus(err).Err()
	}
	ctx, cancel := context.WithCancelCause(stream.Context())
	var leaving sync.WaitGroup
	leaving.Go(func() {
		select {
		case <-w.leaving:
			cancel(errLeaving)
		case <-ctx.Done():
		}
	})
	defer leaving.Wait()
	defer cancel(nil)
	return w.tell(ctx, options, stream)
}

func (w *watches) tell(ctx context.Context, options metadata.WatchOptions, stream metalogv1.Watch_WatchServer) error {
	for m, err := range w.node.Watch(ctx, func(o *metadata.WatchOptions) { *o = options }) {
		if err != nil {
			return convert.ReadStatus(err).Err()
		}
		for _, part := range fragments(convert.WatchResponse(m), maxFragment) {
			if err := stream.Send(part); err != nil {
				return err
			}
		}
	}
	return errors.New("a watch ended without a reason")
}

// fragments cuts what is too large for one message between two changes; all but
// the last part say so.
func fragments(p *metalogv1.WatchResponse, limit int) []*metalogv1.WatchResponse {
	if proto.Size(p) <= limit || len(p.GetChanges()) < 2 {
		return []*metalogv1.WatchResponse{p}
	}
	changes := p.GetChanges()
	var parts []*metalogv1.WatchResponse
	for from := 0; from < len(changes); {
		to, size := from, 0
		for to < len(changes) && (to == from || size < limit) {
			size += proto.Size(changes[to])
			to++
		}
		part := &metalogv1.WatchResponse{
			Kind: p.GetKind(), Revision: p.GetRevision(), Previous: p.GetPrevious(), TimeMs: p.GetTimeMs(),
			Operation: p.GetOperation(), RequestId: p.GetRequestId(), Changes: changes[from:to], Fragment: to < len(changes),
		}
		parts, from = append(parts, part), to
	}
	return parts
}
