package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/sdk"
)

// filledView is a node that was made with a state, as it is printed.
type filledView struct {
	Node       string  `json:"node"`
	Cluster    string  `json:"cluster"`
	DataDir    string  `json:"data_dir"`
	Backend    string  `json:"backend"`
	Address    string  `json:"address,omitempty"`
	Revision   uint64  `json:"revision"`
	Digest     string  `json:"digest"`
	Answers    int     `json:"answers"`
	DedupFloor uint64  `json:"dedup_floor"`
	Bytes      int64   `json:"bytes"`
	From       string  `json:"from"`
	ElapsedMS  float64 `json:"elapsed_ms"`
}

// fill makes the node and takes into it a snapshot that was proven, of which info
// tells. It returns once the state is there and was held against info, and the node is
// closed.
func (c *cli) fill(cmd *cobra.Command, t *target, from io.ReadSeeker, info host.SnapshotInfo, why string, mode progressMode) (filledView, error) {
	begin := time.Now()
	if err := sdk.InitUnfinished(t.config, t.identity, why); err != nil {
		return filledView{}, err
	}
	err := c.bring(cmd, t, from, info, mode)
	if err != nil {
		return filledView{}, &failure{
			code: exitError, err: fmt.Errorf("node %s hasn't got the state: %w", t.config.NodeID, err),
			next: fmt.Sprintf("Remove %s and repeat", t.config.DataDir),
		}
	}
	return filledView{
		Node: t.config.NodeID, Cluster: t.config.ClusterID, DataDir: t.config.DataDir, Backend: t.identity.Plugin,
		Address: t.config.Address, Revision: info.Revision, Digest: info.Digest.String(),
		Answers: info.Counts.Requests, DedupFloor: info.DedupFloor, Bytes: info.Bytes,
		ElapsedMS: float64(time.Since(begin).Microseconds()) / 1000,
	}, nil
}

func (c *cli) bring(cmd *cobra.Command, t *target, from io.ReadSeeker, info host.SnapshotInfo, mode progressMode) (err error) {
	ctx, patience := c.patient(cmd)
	defer patience.end()
	store, err := openQuietly(ctx, t.host())
	if err != nil {
		return patience.explain(err)
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if err := whenReady(ctx, store); err != nil {
		return patience.explain(err)
	}
	if err := c.importState(ctx, t, store, from, info, mode, patience); err != nil {
		return patience.explain(err)
	}
	return compare(info, store)
}

func (c *cli) importState(ctx context.Context, t *target, store *host.Store, from io.ReadSeeker, info host.SnapshotInfo, mode progressMode, p *patience) error {
	shown := c.startProgress(mode, "bytes imported", info.Bytes)
	defer shown.stop()
	var before int64
	var begun error
	revision, digest, err := store.Import(ctx, from, func(done int64) {
		if before == 0 { // from here on the log says by itself that there is more to come
			begun = sdk.Begun(t.config.DataDir)
		}
		p.heard()
		shown.add(done - before)
		before = done
	})
	switch {
	case err != nil || begun != nil:
		return errors.Join(err, begun)
	case revision != info.Revision || digest != info.Digest:
		return different("revision and digest", fmt.Sprint(info.Revision, " ", info.Digest), fmt.Sprint(revision, " ", digest))
	}
	return nil
}

// compare holds what the node has now against what was to come.
func compare(info host.SnapshotInfo, store *host.Store) error {
	state := store.View()
	if state == nil {
		return fmt.Errorf("the node has no state to show: %s", store.Status().Reason)
	}
	for _, is := range []struct {
		what      string
		want, got any
	}{
		{"revision", info.Revision, state.Revision()},
		{"digest", info.Digest, state.Digest()},
		{"time of the last event", info.LastMS, state.LastMS()},
		{"dedup window's floor", info.DedupFloor, state.DedupFloor()},
		{"counts", info.Counts, state.Counts()},
	} {
		if is.want != is.got {
			return different(is.what, fmt.Sprint(is.want), fmt.Sprint(is.got))
		}
	}
	return nil
}

func different(what, want, got string) error {
	return fmt.Errorf("the state that arrived isn't the one that was sent: %s is %s, and was %s. Don't use it, and report this", what, got, want)
}

func (c *cli) showFilled(v filledView) {
	rows := []table.Row{
		{"node", v.Node},
		{"cluster", v.Cluster},
		{"data directory", v.DataDir},
		{"backend", v.Backend},
	}
	if v.Address != "" {
		rows = append(rows, table.Row{"address", v.Address})
	}
	c.table(nil, append(
		rows,
		table.Row{"from", v.From},
		table.Row{"revision", v.Revision},
		table.Row{"digest", v.Digest},
		table.Row{"stored answers", fmt.Sprintf("%d, of requests above revision %d", v.Answers, v.DedupFloor)},
		table.Row{"bytes", v.Bytes},
		table.Row{"took", (time.Duration(v.ElapsedMS) * time.Millisecond).String()},
	))
}

// nextSteps tells what to do with the new node.
func (c *cli) nextSteps(t *target) {
	c.note("start it: %s", t.start)
	if t.identity.Claims.Has(sdk.Replicated) {
		c.note("then add the others to it, one by one: metalog member add NODE HOST:PORT --learner, which prints what to do on that node's machine")
		c.warnOfVoters(1)
	}
}

// importable refuses a snapshot that was proven and yet holds no state.
func importable(path string, info host.SnapshotInfo) error {
	if info.Importing == 0 {
		return nil
	}
	return &failure{code: exitError, err: fmt.Errorf(
		"%s is of a cluster that was importing a snapshot itself, and holds no state: take one of the cluster whose state that was", path)}
}
