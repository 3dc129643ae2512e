package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/chronik-stream/metalog/internal/workload"
	"github.com/chronik-stream/metalog/metadata"
)

// benchFlags are what `metalog bench` is told.
type benchFlags struct {
	writers  []int
	readers  int
	duration time.Duration
	payload  int
	progress progressMode

	backend, options, dir string
	nodes                 int
}

func (c *cli) benchCommand() *cobra.Command {
	f := benchFlags{progress: progressAuto}
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure writes and linearizable reads",
		Long: `Measure writes and linearizable reads: how many a second, and how long one takes.
Each writer or reader sends its next when its last is answered.

Without --addr it starts nodes of its own: the hosts in this process, each with its
backend in another, and measures through the host of the leader. All is on this
machine, its disk and its cores; afterwards the data is gone. The nodes must have
the same state in the end.

With --addr (METALOG_ADDR doesn't count) it measures a running node through its API.
A topic is made for that, and deleted afterwards; it is real load on a real cluster.

Figures are of this machine at this moment: compare those of one run only.`,
		Example: `  metalog bench
  metalog bench --backend local
  metalog bench --addr 127.0.0.1:7400 --writers 16 --duration 10s`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			if !cmd.Flags().Changed("addr") {
				return c.benchOwn(cmd.Context(), f, cmd.Flags().Changed("nodes"))
			}
			for _, own := range []string{"backend", "backend-options", "nodes", "data-dir"} {
				if cmd.Flags().Changed(own) {
					return usagef("--%s is for nodes that bench starts itself: it doesn't go with --addr", own)
				}
			}
			return c.dial(func(n node) error { return c.bench(cmd.Context(), f, c.addr, n) })
		},
	}
	flags := cmd.Flags()
	flags.IntSliceVar(&f.writers, "writers", []int{1, 16, 256}, "how many write at once, one measurement each")
	flags.IntVar(&f.readers, "readers", 16, "how many read at once; 0: none")
	flags.DurationVar(&f.duration, "duration", 5*time.Second, "of one measurement")
	flags.IntVar(&f.payload, "payload", 256, "bytes of a value that is written")
	flags.StringVar(&f.backend, "backend", "hashiraft", "of its own nodes: a built-in one, or the path of a plugin (./mine)")
	flags.StringVar(&f.options, "backend-options", "", "the backend's own settings, as JSON")
	flags.IntVar(&f.nodes, "nodes", 3, "how many of its own; 1 for a backend that isn't replicated")
	flags.StringVar(&f.dir, "data-dir", "", "where its own nodes write: what is measured is this disk (default: that for temporary files)")
	flags.Var(&f.progress, "progress", "auto, plain, json or none")
	return cmd
}

// mostWorkers is more than a node lets wait.
const mostWorkers = 100_000

func (f benchFlags) check() error {
	for _, n := range append([]int{f.readers + 1}, f.writers...) {
		if n < 1 || n > mostWorkers {
			return usagef("--writers and --readers: %d is none that can be measured (1 to %d)", n, mostWorkers)
		}
	}
	switch {
	case f.duration <= 0:
		return usagef("--duration: %v is no time to measure in", f.duration)
	case f.payload < 0 || f.payload > 512<<10:
		return usagef("--payload: %d is out of range: 0 to %d bytes", f.payload, 512<<10)
	case f.nodes < 1:
		return usagef("--nodes: %d is no number of nodes", f.nodes)
	}
	return nil
}

// measurement is one line of the result. Times are in milliseconds.
type measurement struct {
	Operation string  `json:"operation"`
	Workers   int     `json:"workers"`
	Count     int64   `json:"count"`
	Seconds   float64 `json:"seconds"`
	PerSecond float64 `json:"per_second"`
	P50       float64 `json:"p50_ms"`
	P99       float64 `json:"p99_ms"`
	Max       float64 `json:"max_ms"`
}

// benchView is what was measured, and on what.
type benchView struct {
	Target  string        `json:"target"`
	Payload int           `json:"payload_bytes"`
	Results []measurement `json:"results"`
}

// bench measures md, which target names, and shows that.
func (c *cli) bench(ctx context.Context, f benchFlags, target string, md metadata.Store) error {
	view := benchView{Target: target, Payload: f.payload}
	b, err := c.beginBench(ctx, md, f)
	if err != nil {
		return err
	}
	view.Results, err = b.all(ctx, f)
	if deleted := b.finish(ctx); err == nil {
		err = deleted
	}
	if err != nil {
		return err
	}
	return c.show(view, func() {
		rows := make([]table.Row, 0, len(view.Results))
		for _, m := range view.Results {
			rows = append(rows, table.Row{
				m.Operation, m.Workers, fmt.Sprintf("%.0f", m.PerSecond),
				fmt.Sprintf("%.2f", m.P50), fmt.Sprintf("%.2f", m.P99), fmt.Sprintf("%.2f", m.Max),
			})
		}
		c.table(table.Row{"OPERATION", "AT ONCE", "PER SECOND", "P50 MS", "P99 MS", "MAX MS"}, rows)
		c.note("values of %d bytes · %s", view.Payload, view.Target)
	})
}

func measured(operation string, workers int, r workload.Result) measurement {
	inMS := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return measurement{
		Operation: operation, Workers: workers, Count: r.Count, Seconds: r.Took.Seconds(), PerSecond: r.PerSecond(),
		P50: inMS(r.P50), P99: inMS(r.P99), Max: inMS(r.Max),
	}
}
