package dragonboat

import (
	"context"
	"errors"
	"os"

	pb "github.com/lni/dragonboat/v4/raftpb"

	"github.com/chronik-stream/metalog/internal/membership"
	"github.com/chronik-stream/metalog/sdk"
)

// inspectBatch is how many entries are handed over at once.
const inspectBatch = 512

// Inspect delivers what a stopped directory holds, after it has checked all of
// it. Entries beyond what this node knew to be committed are marked.
func (b *Backend) Inspect(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine) error {
	d, err := inspectDisk(cfg.DataDir, newTrouble(ctx, nil, nil, nil))
	if err != nil {
		return err
	}
	return errors.Join(d.replay(ctx, sm), d.log.log.Close())
}

func (d *disk) replay(ctx context.Context, sm sdk.StateMachine) error {
	if err := d.restoreTo(ctx, sm); err != nil {
		return err
	}
	from, last := d.log.newest.Index+1, d.log.log.Last()
	for from <= last {
		var batch []sdk.Entry
		var broken error
		err := d.log.log.Read(from, last, func(index uint64, data []byte) bool {
			var e pb.Entry
			if broken = decodeEntry(data, index, &e); broken != nil {
				return false
			}
			if data, is := commandOf(&e); is {
				batch = append(batch, sdk.Entry{Index: index, Data: data, Uncommitted: index > d.log.state.Commit})
			}
			from = index + 1
			return len(batch) < inspectBatch
		})
		if err := errors.Join(err, broken); err != nil {
			return err
		}
		if len(batch) > 0 {
			if err := sm.Apply(ctx, batch...); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *disk) restoreTo(ctx context.Context, sm sdk.StateMachine) error {
	if d.log.newest.Index == 0 {
		return nil
	}
	path, _ := d.files.at(d.log.newest.Filepath)
	f, err := os.Open(path)
	if err != nil {
		return membership.Internal("open the snapshot", err)
	}
	payload, err := payloadOf(f)
	if err == nil {
		err = sm.Restore(ctx, payload)
	}
	return errors.Join(err, f.Close())
}

// encodedPlain is the first byte that the library puts before a command that it
// doesn't compress.
const encodedPlain = 0

// commandOf is what was proposed; false: the entry is the library's own.
func commandOf(e *pb.Entry) (data []byte, is bool) {
	cmd := e.Cmd
	switch {
	case e.Type == pb.EncodedEntry && len(cmd) > 0 && cmd[0]&0x0f == encodedPlain:
		cmd = cmd[1:]
	case e.Type != pb.ApplicationEntry:
		return nil, false
	}
	if len(cmd) == 0 || cmd[0] != commandVersion {
		return nil, false
	}
	return cmd[1:], true
}
