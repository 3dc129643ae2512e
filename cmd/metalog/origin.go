package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/chronik-stream/metalog/host"
)

// origin is a cluster whose state is moved away: by a running node, or by the
// directory of a node that was alone. Its functions are called one at a time.
type origin struct {
	ctx      context.Context //nolint:containedctx // of its patience
	patience *patience
	about    func(context.Context) (originStatus, error)
	seal     func(context.Context, string) (sealPoint, error)
	unseal   func(context.Context) error
	save     func(context.Context, io.Writer) error
}

// originStatus is what a cluster says of itself.
type originStatus struct {
	cluster, backend string
	sealedTo         string
	importing        int64
	revision         uint64
	digest           string
}

// sealPoint is where a cluster was sealed: nothing comes after it.
type sealPoint struct {
	revision uint64
	digest   string
}

// withOrigin opens what --from names, for as long as do takes.
func (c *cli) withOrigin(cmd *cobra.Command, f *migrateFlags, kind fromKind, do func(*origin) error) error {
	ctx, patience := c.patient(cmd)
	defer patience.end()
	if kind == fromAddress {
		return c.dial(func(n node) error { return patience.explain(do(running(ctx, patience, n))) })
	}
	store, err := c.openStopped(ctx, f)
	if err != nil {
		return patience.explain(err)
	}
	err = patience.explain(do(stopped(ctx, patience, store)))
	if closing := store.Close(); err == nil && closing != nil {
		err = fmt.Errorf("closing %s: %w", f.from, closing)
	}
	return c.explain(err)
}

// running is the cluster of a node that serves.
func running(ctx context.Context, p *patience, n node) *origin {
	return &origin{
		ctx: ctx, patience: p, unseal: n.Unseal,
		about: func(ctx context.Context) (originStatus, error) {
			s, err := n.Status(ctx)
			p.heard()
			return originStatus{
				cluster: s.GetCluster(), backend: s.GetBackend(), sealedTo: s.GetSealedTo(),
				importing: s.GetImportingBytes(), revision: s.GetRevision(), digest: s.GetDigest(),
			}, err
		},
		seal: func(ctx context.Context, target string) (sealPoint, error) {
			at, err := n.Seal(ctx, target)
			p.heard()
			return sealPoint{at.GetRevision(), at.GetDigest()}, err
		},
		save: func(ctx context.Context, w io.Writer) error {
			_, err := n.SaveSnapshot(ctx, w, false)
			return err
		},
	}
}

// stopped is the cluster of a node that this process has opened.
func stopped(ctx context.Context, p *patience, s *host.Store) *origin {
	return &origin{
		ctx: ctx, patience: p, unseal: s.Unseal,
		about: func(context.Context) (originStatus, error) {
			st := s.Status()
			return originStatus{
				cluster: st.ClusterID, backend: st.Plugin.Name, sealedTo: st.SealedTo,
				importing: st.Importing, revision: st.Revision, digest: st.Digest.String(),
			}, nil
		},
		seal: func(ctx context.Context, target string) (sealPoint, error) {
			at, err := s.Seal(ctx, target)
			return sealPoint{at.Revision, at.Digest.String()}, err
		},
		save: func(ctx context.Context, w io.Writer) error {
			_, err := s.Snapshot(ctx, w, host.SnapshotOptions{})
			return err
		},
	}
}
