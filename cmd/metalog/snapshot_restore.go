package main

import (
	"github.com/google/uuid"
	"github.com/spf13/cobra"
)

func (c *cli) snapshotRestoreCommand() *cobra.Command {
	var f targetFlags
	cmd := &cobra.Command{
		Use:   "restore FILE --backend NAME --data-dir DIR --node-id NODE",
		Short: "Make the first node of a new cluster, with the state of a snapshot",
		Long: `Make the first node of a new cluster, with the state of a snapshot, on any backend.
The file is read and proven before anything is made. The node isn't started; other
nodes join it afterwards.

What was written after the snapshot isn't in it. The snapshot's cluster, if it still
runs, knows nothing of this one: the two go on apart, from the same state.`,
		Example: `  metalog snapshot restore backup.snapshot --backend hashiraft --data-dir /var/lib/metalog \
    --node-id n1 --address 10.0.0.1:7402`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error { return c.restore(cmd, given[0], &f) },
	}
	f.add(cmd, nil, "the new cluster's id (default: a new one)")
	return cmd
}

// restore makes a node with what a file holds.
func (c *cli) restore(cmd *cobra.Command, path string, f *targetFlags) error {
	t, err := c.target(cmd.Context(), f)
	if err != nil {
		return err
	}
	file, info, err := openSnapshot(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := importable(path, info); err != nil {
		return err
	}
	if t.config.ClusterID == "" {
		t.config.ClusterID = uuid.NewString()
	}
	view, err := c.fill(cmd, t, file, info, cmd.CommandPath(), f.progress)
	if err != nil {
		return err
	}
	view.From = path
	err = c.show(view, func() { c.showFilled(view) })
	if info.LastMS > 0 {
		c.note("what was written after %s isn't in it", clock(info.LastMS))
	}
	c.nextSteps(t)
	return err
}
