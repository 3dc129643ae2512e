package main

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/spf13/cobra"

	"github.com/chronik-stream/metalog/client"
)

func (c *cli) abortMigration(cmd *cobra.Command, f *migrateFlags, kind fromKind) error {
	for _, flag := range []string{"to", "out", "node-id"} {
		if cmd.Flags().Changed(flag) {
			return usagef("--%s is about what is to be made: it doesn't go with --abort", flag)
		}
	}
	if kind == fromFile {
		return usagef("--from %s is a file, and nothing was sealed for it: name the node or the directory that was", f.from)
	}
	return c.withOrigin(cmd, f, kind, func(o *origin) error {
		before, err := o.about(o.ctx)
		if err != nil {
			return err
		}
		if err := secondTruth(o.ctx, before); err != nil {
			return err
		}
		if err := o.unseal(o.ctx); err != nil {
			return err
		}
		after, err := o.about(o.ctx)
		if err != nil {
			return err
		}
		view := abortedView{Cluster: after.cluster, WasSealedTo: before.sealedTo, Revision: after.revision, Digest: after.digest}
		err = c.show(view, func() { c.line("%s", view) })
		if before.sealedTo != "" {
			c.note("warning: if what was made there (%s) is ever started, there are two clusters that take writes: "+
				"stop it and remove its directory. What was written there since isn't here", before.sealedTo)
		}
		return err
	})
}

// abortedView is a cluster that isn't sealed any more, as it is printed.
type abortedView struct {
	Cluster     string `json:"cluster"`
	WasSealedTo string `json:"was_sealed_to"`
	Revision    uint64 `json:"revision"`
	Digest      string `json:"digest"`
}

func (v abortedView) String() string {
	if v.WasSealedTo == "" {
		return fmt.Sprintf("cluster %s wasn't sealed: nothing to abort · revision %d · digest %s", v.Cluster, v.Revision, v.Digest)
	}
	return fmt.Sprintf("cluster %s takes writes again · revision %d · digest %s", v.Cluster, v.Revision, v.Digest)
}

// lookWait is how long a target may take to say whether it serves.
const lookWait = 5 * time.Second

// secondTruth refuses to lift a seal while the place that it names, if that is an
// address, serves the same cluster: two would take writes. One that doesn't answer can't
// be told from one that was never started.
func secondTruth(ctx context.Context, before originStatus) error {
	if _, _, err := net.SplitHostPort(before.sealedTo); err != nil {
		return nil
	}
	n, err := client.Dial(before.sealedTo)
	if err != nil {
		return nil
	}
	defer n.Close()
	ctx, cancel := context.WithTimeout(ctx, lookWait)
	defer cancel()
	st, err := n.Status(ctx)
	if err != nil || st.GetCluster() != before.cluster || st.GetSealedTo() != "" {
		return nil
	}
	return &failure{
		code: exitConflict, err: fmt.Errorf("node %s of cluster %s serves at %s, where the state has moved to, at revision %d: with the seal lifted, both would take writes",
			st.GetNode(), st.GetCluster(), before.sealedTo, st.GetRevision()),
		next: "Stop it first",
	}
}
