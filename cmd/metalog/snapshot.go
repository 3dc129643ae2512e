package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

func (c *cli) snapshotCommand() *cobra.Command {
	return group("snapshot", "Save, inspect and restore the whole state",
		c.snapshotSaveCommand(), c.snapshotInspectCommand(), c.snapshotRestoreCommand())
}

// snapshotSave is what is to be saved.
type snapshotSave struct {
	out      string
	force    bool
	progress progressMode
}

func (c *cli) snapshotSaveCommand() *cobra.Command {
	f := snapshotSave{progress: progressAuto}
	cmd := &cobra.Command{
		Use:   "save",
		Short: "Save a running cluster's state to a file",
		Long: `Save a running cluster's state to a file. Every write that was acknowledged before,
by any node, is in it; the cluster goes on meanwhile. The file is read back and
held against its digest before it gets its name. If anything fails, there is no file.`,
		Example: `  metalog snapshot save --out backup.snapshot
  metalog snapshot inspect backup.snapshot`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.saveSnapshot(cmd, &f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.out, "out", "", "the file to write (default: metalog-REVISION.snapshot, in this directory)")
	flags.BoolVar(&f.force, "force", false, "overwrite a file that is there")
	progressFlag(cmd, &f.progress)
	return cmd
}

// progressFlag says how it is shown how far long work is.
func progressFlag(cmd *cobra.Command, mode *progressMode) {
	cmd.Flags().Var(mode, "progress", "auto, plain, json or none")
}

// savedView is a snapshot that was saved, as it is printed.
type savedView struct {
	File     string `json:"file"`
	Revision uint64 `json:"revision"`
	Digest   string `json:"digest"`
	Bytes    int64  `json:"bytes"`
}

func (c *cli) saveSnapshot(cmd *cobra.Command, f *snapshotSave) error {
	file, err := newSnapshotFile(f.out, f.force)
	if err != nil {
		return err
	}
	defer file.discard()
	return c.dial(func(n node) error {
		ctx, patience := c.patient(cmd)
		defer patience.end()
		err := c.whileSaving(f.progress, patience, func(observe func(int)) error {
			_, err := n.SaveSnapshot(ctx, observed{file, observe}, false)
			return err
		})
		if err != nil {
			return patience.explain(err)
		}
		info, err := readBack(file.File)
		if err != nil {
			return err
		}
		if f.out == "" {
			file.path = fmt.Sprintf("metalog-%d.snapshot", info.Revision)
		}
		if err := file.keep(f.force); err != nil {
			return err
		}
		view := savedView{File: file.path, Revision: info.Revision, Digest: info.Digest.String(), Bytes: info.Bytes}
		return c.show(view, func() {
			c.line("%s · revision %d · digest %s · %d bytes", view.File, view.Revision, view.Digest, view.Bytes)
		})
	})
}

// whileSaving shows how much of a snapshot has come. Save calls observe with the
// bytes of each piece.
func (c *cli) whileSaving(mode progressMode, p *patience, save func(observe func(int)) error) error {
	shown := c.startProgress(mode, "bytes saved", 0)
	defer shown.stop()
	return save(func(n int) {
		p.heard()
		shown.add(int64(n))
	})
}

// observed tells of what is written.
type observed struct {
	io.Writer
	observe func(int)
}

func (o observed) Write(p []byte) (int, error) {
	n, err := o.Writer.Write(p)
	o.observe(n)
	return n, err
}
