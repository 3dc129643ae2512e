package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

func (c *cli) logCommand() *cobra.Command {
	return group("log", "Read and prove the directory of a stopped node",
		c.logCatCommand(), c.logVerifyCommand())
}

// directory is whose log to read.
type directory struct {
	path, backend, sum string
}

func (d *directory) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&d.path, "data-dir", "", "the stopped node's data directory")
	cmd.Flags().StringVar(&d.backend, "backend", "local", "the backend that wrote it: a built-in one, or a plugin's path")
	cmd.Flags().StringVar(&d.sum, "backend-sha256", "", "refuse a plugin with another checksum")
	required(cmd, "data-dir")
}

// read takes a visitor through the log and returns the state that it comes to.
// The directory isn't changed.
func (d *directory) read(ctx context.Context, v host.LogVisitor) (state *metadata.State, err error) {
	if _, err := os.Stat(d.path); err != nil {
		return nil, err
	}
	p, err := pluginOf(d.backend)
	if err != nil {
		return nil, usagef("--backend: %w", err)
	}
	p.SHA256, p.Logger = d.sum, slog.New(slog.DiscardHandler)
	b, err := p.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer func() {
		if closing := b.Close(ctx); err == nil {
			err = closing
		}
	}()
	return host.ReadLog(ctx, b, sdk.Config{DataDir: d.path, Logger: p.Logger}, v)
}

func (c *cli) logCatCommand() *cobra.Command {
	var d directory
	cmd := &cobra.Command{
		Use:   "cat --data-dir DIR",
		Short: "Print what a stopped node has stored, as JSON lines",
		Long: `Print what a stopped node has stored, as JSON lines: first the snapshot's
revision, digest and counts, or those of an empty state, then every event above
it with its revision and result.`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			printer := newLogPrinter(c.out)
			_, err := d.read(cmd.Context(), printer)
			return logError(d.path, errors.Join(err, printer.Flush()))
		},
	}
	d.add(cmd)
	return cmd
}

func (c *cli) logVerifyCommand() *cobra.Command {
	var d directory
	cmd := &cobra.Command{
		Use:   "verify --data-dir DIR",
		Short: "Replay what a stopped node has stored, and print the revision and digest it comes to",
		Args:  args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			var counter logCounter
			state, err := d.read(cmd.Context(), &counter)
			if err != nil {
				return logError(d.path, err)
			}
			return c.showProof(counter.proof(state))
		},
	}
	d.add(cmd)
	return cmd
}

func logError(dir string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("log of %s: %w", dir, err)
}

// proof is what a log was replayed to.
type proof struct {
	Revision    uint64     `json:"revision"`
	Digest      string     `json:"digest"`
	Base        uint64     `json:"base_revision"`
	Entries     int        `json:"entries"`
	Events      int        `json:"events"`
	Uncommitted int        `json:"uncommitted"`
	Counts      countsView `json:"counts"`
}

func (c *cli) showProof(p proof) error {
	return c.show(p, func() {
		c.table(nil, []table.Row{
			{"revision", p.Revision},
			{"digest", p.Digest},
			{"replayed", fmt.Sprintf("%d events in %d entries, above revision %d", p.Events, p.Entries, p.Base)},
			{"holds", p.Counts.String()},
		})
		if p.Uncommitted > 0 {
			c.note("%d more entries are stored, and this node alone can't tell whether they are committed: a running cluster can", p.Uncommitted)
		}
	})
}

// logCounter counts what it is shown.
type logCounter struct {
	base                         uint64
	entries, events, uncommitted int
}

func (l *logCounter) Base(b host.LogBase) error {
	l.base = b.State.Revision()
	return nil
}

func (l *logCounter) Entry(e host.LogEntry) error {
	if e.Uncommitted {
		l.uncommitted++
		return nil
	}
	l.entries++
	if e.Dropped == "" {
		l.events += len(e.Events)
	}
	return nil
}

func (l *logCounter) proof(s *metadata.State) proof {
	return proof{
		Revision: s.Revision(), Digest: s.Digest().String(), Base: l.base,
		Entries: l.entries, Events: l.events, Uncommitted: l.uncommitted, Counts: viewCounts(s.Counts()),
	}
}
