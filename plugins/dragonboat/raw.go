package dragonboat

import (
	"context"
	"errors"

	library "github.com/lni/dragonboat/v4"
	"github.com/lni/dragonboat/v4/statemachine"

	"github.com/chronik-stream/metalog/sdk"
)

// Raw is a node of the library alone: with this backend's options, over its own TCP, on
// this backend's log and files or on those that it has by itself. Nothing of what this
// backend adds is there: no host, no greetings. It is what benchmarks are held against,
// see bench/raw.
type Raw struct {
	Node    *library.NodeHost
	Replica uint64

	end context.CancelFunc
}

// RawShard is the shard of a Raw node.
const RawShard = shard

// OpenRaw starts a node of a new cluster, of cfg's node and its peers, in a directory
// that is there and empty. It waits for no other node. pebble has it use the library's
// own log. Close must be called.
func OpenRaw(cfg sdk.Config, sm statemachine.IConcurrentStateMachine, pebble bool) (*Raw, error) {
	opts, err := parseOptions(cfg.Options)
	if err != nil {
		return nil, err
	}
	bridgeLogs(cfg.Logger)
	cfg.Start = sdk.StartNew
	r := &Raw{Replica: firstReplica(cfg.NodeID)}
	ctx, end := context.WithCancel(context.Background())
	r.end = end
	var d *disk
	if !pebble {
		ended := func(err error) { cfg.Logger.Error("the reference's disk", "error", err) }
		if d, err = openDisk(cfg, newTrouble(ctx, ended, func(error) {}, cfg.Logger)); err != nil {
			end()
			return nil, err
		}
	}
	if r.Node, err = library.NewNodeHost(opts.hostConfig(cfg, d)); err != nil {
		end()
		if d != nil {
			err = errors.Join(err, d.log.log.Close())
		}
		return nil, err
	}
	first := map[uint64]string{r.Replica: cfg.Address}
	for _, p := range cfg.Peers {
		first[firstReplica(p.NodeID)] = p.Address
	}
	machine := func(uint64, uint64) statemachine.IConcurrentStateMachine { return sm }
	if err := r.Node.StartConcurrentReplica(first, false, machine, opts.replicaConfig(r.Replica, false)); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// Close stops the node and releases what it held.
func (r *Raw) Close() error {
	r.Node.Close()
	r.end()
	return nil
}
