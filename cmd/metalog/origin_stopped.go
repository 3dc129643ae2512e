package main

import (
	"context"
	"fmt"
	"time"

	"github.com/chronik-stream/metalog/builtin"
	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/host/launch"
	"github.com/chronik-stream/metalog/sdk"
)

// openStopped opens the directory of a node that isn't running, and refuses one that
// isn't the whole of its cluster: what the others have acknowledged without it would be
// lost. The caller closes the store.
func (c *cli) openStopped(ctx context.Context, f *migrateFlags) (*host.Store, error) {
	owner, err := sdk.OwnerOf(f.from)
	if err == nil {
		err = sdk.Unfinished(f.from)
	}
	if err != nil {
		return nil, err
	}
	plugin, err := f.pluginOf(owner)
	if err != nil {
		return nil, err
	}
	identity, err := c.identify(ctx, plugin)
	if err != nil {
		return nil, err
	}
	replicated := identity.Claims.Has(sdk.Replicated)
	if replicated && len(owner.Peers) > 0 {
		return nil, notAlone(f.from, owner.Peers[0].NodeID)
	}
	options, err := parseOptions(f.options)
	if err != nil {
		return nil, usagef("--from-options: %w", err)
	}
	raw, err := backendConfig{Options: options}.optionsJSON()
	if err != nil {
		return nil, err
	}
	store, err := openQuietly(ctx, host.Config{
		ClusterID: owner.ClusterID, NodeID: owner.NodeID, DataDir: f.from, Backend: plugin.Open, Options: raw,
	})
	if err != nil {
		return nil, err
	}
	if err := alone(ctx, f.from, store, replicated); err != nil {
		_ = store.Close() // nothing was written
		return nil, err
	}
	return store, nil
}

// pluginOf is the backend that wrote the directory.
func (f *migrateFlags) pluginOf(owner sdk.Owner) (launch.Plugin, error) {
	if f.backend != "" {
		p, err := pluginOf(f.backend)
		if err != nil {
			return p, usagef("--from-backend: %w", err)
		}
		return p, nil
	}
	p, ok := builtin.Plugin(owner.Plugin)
	if !ok {
		return p, usagef("%s was written by backend %q, which isn't a built-in one: give its plugin's path by --from-backend", f.from, owner.Plugin)
	}
	return p, nil
}

// alone returns once the store is ready and its backend has said that there is no
// other member.
func alone(ctx context.Context, dir string, store *host.Store, replicated bool) error {
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		st := store.Status()
		for _, m := range st.Backend.Members {
			if m.NodeID != st.NodeID {
				return notAlone(dir, m.NodeID)
			}
		}
		switch {
		case st.Importing > 0:
			return halfImported(dir, st.Importing)
		case st.Ready && (!replicated || len(st.Backend.Members) > 0):
			return nil
		case st.State == host.PhaseFailed, st.State == host.PhaseHalted, st.State == host.PhaseQuarantined:
			return fmt.Errorf("the node in %s is %s: %s", dir, st.State, st.Reason)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return whenReady(ctx, store)
		}
	}
}

func notAlone(dir, other string) error {
	return &failure{
		code: exitConflict, err: fmt.Errorf("%s is of one node of several (%s is another), which may lack what the others have acknowledged", dir, other),
		next: "Start the cluster, and name the address of a node by --from",
	}
}

func halfImported(what string, bytes int64) error {
	return &failure{code: exitConflict, err: fmt.Errorf(
		"%s holds half an import, %d bytes, and no state that could be moved: remove it, and import again from where that came from", what, bytes)}
}
