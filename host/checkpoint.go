package host

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/chronik-stream/metalog/metadata"
)

// checkpointer proposes the marks that were set here, now and then (W2), so that
// they aren't lost with the process. It proposes nothing while nothing changes, and
// forgets the marks of what is gone.
type checkpointer struct {
	every  time.Duration // 0: nothing is proposed
	marks  *watermarks
	board  *board
	writer *writer
	log    *slog.Logger
}

// run serves one session while it is ready.
func (c *checkpointer) run(ctx context.Context, _ *session) {
	every := c.every
	if every <= 0 {
		every = defaultCheckpoints
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			c.checkpoint(ctx)
		}
	}
}

func (c *checkpointer) checkpoint(ctx context.Context) {
	due := c.marks.due(c.board.latest.Load().state)
	if c.every <= 0 {
		return
	}
	for part := range slices.Chunk(due, metadata.MaxItems) {
		ctx, cancel := context.WithTimeout(ctx, proposeTimeout)
		_, _, err := c.writer.write(ctx, metadata.NewCheckpointWatermarks(metadata.WatermarksSpec{Watermarks: part}), metadata.WriteOptions{})
		cancel()
		if err != nil {
			c.marks.again(part)
			c.log.Debug("high watermarks weren't checkpointed; the next time will do it", "partitions", len(part), "error", err)
		}
	}
}
