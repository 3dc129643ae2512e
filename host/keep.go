package host

import (
	"context"
	"log/slog"
	"time"

	"github.com/chronik-stream/metalog/metadata/eventpb"
)

const (
	// idleBarrier is how long a host proposes nothing before it shows that it
	// is there, and what its state is.
	idleBarrier = 30 * time.Second
	keepEvery   = 5 * time.Second
)

// keeper does a ready host's own proposing: it announces the node, and shows
// signs of life while nobody writes.
type keeper struct {
	self    Node
	own     *ownEntries
	author  *author
	board   *board
	peers   *peers
	replica *replica
	log     *slog.Logger
}

// run serves one session while it is ready.
func (k *keeper) run(ctx context.Context, s *session) {
	k.peers.setReady(true)
	defer k.peers.setReady(false)
	k.announce(ctx, s)
	tick := time.NewTicker(keepEvery)
	defer tick.Stop()
	last := time.Now()
	seen := k.peers.lastSeen()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if now := k.peers.lastSeen(); now != seen {
			seen, last = now, time.Now()
		}
		if time.Since(last) >= idleBarrier {
			last = time.Now()
			k.send(ctx, s, k.author.barrier())
		}
		k.announce(ctx, s)
		k.replica.judge(k.board.latest.Load().state.Revision())
	}
}

// announce tells the other nodes about this one, unless they know.
func (k *keeper) announce(ctx context.Context, s *session) {
	if k.board.latest.Load().directory[k.self.NodeID] == k.self {
		return
	}
	k.send(ctx, s, k.author.announcement(k.self))
}

func (k *keeper) send(ctx context.Context, s *session, e *eventpb.Entry) {
	ctx, cancel := context.WithTimeout(ctx, proposeTimeout)
	defer cancel()
	if err := k.own.send(ctx, s.backend, e); err != nil && s.ctx.Err() == nil {
		k.log.Warn("an entry that this node proposed for itself didn't come back", "error", err)
	}
}
