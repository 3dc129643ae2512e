package main

import (
	"fmt"
	"os"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/chronik-stream/metalog/host"
)

func (c *cli) snapshotInspectCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "inspect FILE",
		Short: "Prove a snapshot and show what it holds",
		Long: `Prove a snapshot and show what it holds. The whole file is read, its checksums are
checked and its digest is computed from its records. One that is damaged, cut short,
of a newer build or no snapshot at all has exit code 1.`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, given []string) error {
			file, info, err := openSnapshot(given[0])
			if err != nil {
				return err
			}
			defer file.Close()
			view := viewSnapshot(given[0], info)
			return c.show(view, func() { c.showSnapshot(view) })
		},
	}
}

// openSnapshot proves the whole file and returns it at its beginning.
func openSnapshot(path string) (*os.File, host.SnapshotInfo, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, host.SnapshotInfo{}, &failure{code: exitError, err: err}
	}
	info, err := host.InspectSnapshot(file)
	if err == nil {
		_, err = file.Seek(0, 0)
	}
	if err != nil {
		_ = file.Close() // nothing was written
		return nil, info, &failure{code: exitError, err: fmt.Errorf("%s: %w", path, err)}
	}
	return file, info, nil
}

// snapshotView is a snapshot as it is printed.
type snapshotView struct {
	File         string     `json:"file"`
	Bytes        int64      `json:"bytes"`
	Format       int        `json:"format"`
	Revision     uint64     `json:"revision"`
	Digest       string     `json:"digest"`
	Time         string     `json:"time"` // of the last event; empty: there was none
	FeatureLevel uint32     `json:"feature_level"`
	Index        uint64     `json:"index"`
	Answers      int        `json:"answers"`
	DedupFloor   uint64     `json:"dedup_floor"`
	Parts        []partView `json:"parts"`
	Nodes        []string   `json:"nodes"`
	moveView
}

type partView struct {
	Noun    string `json:"noun"`
	Records int    `json:"records"`
	Bytes   int64  `json:"bytes"`
}

func viewSnapshot(path string, i host.SnapshotInfo) snapshotView {
	view := snapshotView{
		File: path, Bytes: i.Bytes, Format: i.Format, Revision: i.Revision, Digest: i.Digest.String(),
		FeatureLevel: i.FeatureLevel, Index: i.Index, Answers: i.Counts.Requests, DedupFloor: i.DedupFloor,
		Parts: []partView{}, Nodes: []string{},
		moveView: moveView{SealedTo: i.SealedTo, ImportingBytes: i.Importing},
	}
	if i.LastMS > 0 {
		view.Time = clock(i.LastMS)
	}
	for _, p := range i.Parts {
		view.Parts = append(view.Parts, partView{Noun: p.Name, Records: p.Records, Bytes: p.Bytes})
	}
	for _, n := range i.Nodes {
		view.Nodes = append(view.Nodes, n.NodeID)
	}
	return view
}

func (c *cli) showSnapshot(v snapshotView) {
	rows := []table.Row{
		{"file", v.File},
		{"bytes", v.Bytes},
		{"format", v.Format},
		{"revision", v.Revision},
		{"digest", v.Digest},
		{"time", v.Time},
		{"feature level", v.FeatureLevel},
		{"backend's index", v.Index},
		{"stored answers", fmt.Sprintf("%d, of requests above revision %d", v.Answers, v.DedupFloor)},
		{"nodes", v.Nodes},
	}
	c.table(nil, append(rows, v.rows()...))
	c.line("")
	parts := make([]table.Row, 0, len(v.Parts))
	for _, p := range v.Parts {
		parts = append(parts, table.Row{p.Noun, p.Records, p.Bytes})
	}
	c.table(table.Row{"NOUN", "RECORDS", "BYTES"}, parts)
}

// rows say how far a state has moved, if it has.
func (m moveView) rows() (rows []table.Row) {
	if m.SealedTo != "" {
		rows = append(rows, table.Row{"sealed", "its state has moved to " + m.SealedTo})
	}
	if m.ImportingBytes > 0 {
		rows = append(rows, table.Row{"importing", fmt.Sprintf("%d bytes so far: it serves nothing before it has all", m.ImportingBytes)})
	}
	return rows
}
