package raw

import (
	"context"
	"fmt"
	"io"
	"time"

	library "github.com/lni/dragonboat/v4"
	"github.com/lni/dragonboat/v4/statemachine"

	"github.com/chronik-stream/metalog/plugins/dragonboat"
	"github.com/chronik-stream/metalog/sdk"
)

type dragonboatNode struct {
	chain
	lib *dragonboat.Raw
}

// OpenDragonboat starts a node of lni/dragonboat, as dragonboat.OpenRaw does.
func OpenDragonboat(cfg sdk.Config, pebble bool) (Node, error) {
	n := &dragonboatNode{}
	lib, err := dragonboat.OpenRaw(cfg, dragonboatMachine{&n.chain}, pebble)
	if err != nil {
		return nil, err
	}
	n.lib = lib
	return n, nil
}

func (n *dragonboatNode) Leads() bool {
	leader, _, known, err := n.lib.Node.GetLeaderID(dragonboat.RawShard)
	return err == nil && known && leader == n.lib.Replica
}

// longest is a request's time where the caller has none.
const longest = time.Minute

func (n *dragonboatNode) Write(ctx context.Context, data []byte) error {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	request, err := n.lib.Node.Propose(n.lib.Node.GetNoOPSession(dragonboat.RawShard), data, longest)
	return await(ctx, request, err)
}

// Read has the library find out what has been committed.
func (n *dragonboatNode) Read(ctx context.Context) error {
	request, err := n.lib.Node.ReadIndex(dragonboat.RawShard, longest)
	return await(ctx, request, err)
}

func await(ctx context.Context, request *library.RequestState, err error) error {
	if err != nil {
		return err
	}
	select {
	case r := <-request.AppliedC():
		request.Release()
		if !r.Completed() {
			return fmt.Errorf("not done: %+v", r)
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (n *dragonboatNode) Close() error { return n.lib.Close() }

// dragonboatMachine is the chain as the library sees it.
type dragonboatMachine struct{ *chain }

// Update takes commands.
func (m dragonboatMachine) Update(commands []statemachine.Entry) ([]statemachine.Entry, error) {
	for _, c := range commands {
		m.add(c.Cmd)
	}
	return commands, nil
}

// Lookup isn't used.
func (m dragonboatMachine) Lookup(any) (any, error) { return nil, statemachine.ErrNotImplemented }

// PrepareSnapshot is count and digest.
func (m dragonboatMachine) PrepareSnapshot() (any, error) { return m.pin(), nil }

// SaveSnapshot writes them.
func (m dragonboatMachine) SaveSnapshot(pinned any, w io.Writer, _ statemachine.ISnapshotFileCollection, _ <-chan struct{}) error {
	_, err := w.Write(pinned.([]byte))
	return err
}

// RecoverFromSnapshot takes them back.
func (m dragonboatMachine) RecoverFromSnapshot(r io.Reader, _ []statemachine.SnapshotFile, _ <-chan struct{}) error {
	return m.restore(r)
}

// Close has nothing to close.
func (m dragonboatMachine) Close() error { return nil }
