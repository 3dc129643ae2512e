package hashiraft

import (
	"errors"

	"github.com/hashicorp/raft"

	"github.com/chronik-stream/metalog/sdk"
)

// Raw is a node of the library alone: on this backend's disk and with its options,
// over plain TCP. Nothing of what this backend adds is there: no host, no greetings,
// no watch over the disk. It is what benchmarks are held against, see bench/raw.
type Raw struct {
	Raft *raft.Raft

	disk  *disk
	trans *raft.NetworkTransport
}

// OpenRaw starts a node of a new cluster, of cfg's node and its peers, in a directory
// that is there and empty. It waits for no other node. tune may change what the
// options came to; nil: nothing does. Close must be called.
func OpenRaw(cfg sdk.Config, fsm raft.FSM, tune func(*raft.Config)) (_ *Raw, err error) {
	opts, err := parseOptions(cfg.Options)
	if err != nil {
		return nil, err
	}
	cfg.Start = sdk.StartNew
	r := &Raw{}
	if r.disk, err = openDisk(cfg, nil); err != nil {
		return nil, err
	}
	if err := r.start(cfg, opts, fsm, tune); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func (r *Raw) start(cfg sdk.Config, opts Options, fsm raft.FSM, tune func(*raft.Config)) (err error) {
	r.trans, err = raft.NewTCPTransportWithConfig(cfg.Address, nil, &raft.NetworkTransportConfig{
		MaxPool: poolSize, Timeout: opts.peerTimeout(), MaxRPCsInFlight: opts.MaxRequestsInFlight,
		Logger: libraryLog(cfg.Logger, "transport"),
	})
	if err != nil {
		return err
	}
	conf := opts.library(cfg.NodeID, libraryLog(cfg.Logger, "raft"))
	if tune != nil {
		tune(conf)
	}
	if r.Raft, err = raft.NewRaft(conf, fsm, r.disk.logs, r.disk.store, r.disk.snapshots, r.trans); err != nil {
		return err
	}
	r.disk.store.started()
	return r.Raft.BootstrapCluster(firstMembers(cfg)).Error()
}

// Close stops the node and releases what it held.
func (r *Raw) Close() error {
	var errs []error
	if r.Raft != nil {
		errs = append(errs, r.Raft.Shutdown().Error())
	}
	if r.trans != nil {
		errs = append(errs, r.trans.Close())
	}
	return errors.Join(append(errs, r.disk.close())...)
}
