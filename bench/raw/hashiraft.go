package raw

import (
	"context"
	"io"

	"github.com/hashicorp/raft"

	"github.com/chronik-stream/metalog/plugins/hashiraft"
	"github.com/chronik-stream/metalog/sdk"
)

type raftNode struct {
	chain
	lib *hashiraft.Raw
}

// OpenHashiraft starts a node of hashicorp/raft, as hashiraft.OpenRaw does.
func OpenHashiraft(cfg sdk.Config, tune func(*raft.Config)) (Node, error) {
	n := &raftNode{}
	lib, err := hashiraft.OpenRaw(cfg, raftMachine{&n.chain}, tune)
	if err != nil {
		return nil, err
	}
	n.lib = lib
	return n, nil
}

func (n *raftNode) Leads() bool { return n.lib.Raft.State() == raft.Leader }

// Write can't be given up while it is under way: the library has no such thing.
func (n *raftNode) Write(ctx context.Context, data []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return n.lib.Raft.Apply(data, 0).Error()
}

// Read returns once this node has heard from a majority that it leads.
func (n *raftNode) Read(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return n.lib.Raft.VerifyLeader().Error()
}

func (n *raftNode) Close() error { return n.lib.Close() }

// raftMachine is the chain as the library sees it.
type raftMachine struct{ *chain }

// Apply takes one command.
func (m raftMachine) Apply(l *raft.Log) any {
	m.add(l.Data)
	return nil
}

// Snapshot is count and digest.
func (m raftMachine) Snapshot() (raft.FSMSnapshot, error) { return raftSnapshot(m.pin()), nil }

// Restore takes them back.
func (m raftMachine) Restore(r io.ReadCloser) error { return m.restore(r) }

type raftSnapshot []byte

// Persist writes it. The library closes the sink or cancels it.
func (s raftSnapshot) Persist(sink raft.SnapshotSink) error {
	_, err := sink.Write(s)
	return err
}

// Release has nothing to release.
func (s raftSnapshot) Release() {}
