package faulty

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"sync/atomic"
	"syscall"

	"github.com/chronik-stream/metalog/sdk"
)

// processes are defects of a plugin's process (R10, R13, R17).
func processes() []Mutant {
	quiet := []string{"HSK-001", "HSK-006", "SES-001", "SES-009", "CAP-004"}
	return []Mutant{
		{
			Name: "exit", Defect: "its process exits with status 0 at the tenth proposal", Bed: Process,
			Caught: []string{"PRP-001"}, Spares: quiet, lie: atTenth(func() { os.Exit(0) }),
		},
		{
			Name: "no pong", Defect: "its process stands still from the tenth proposal on", Bed: Process,
			Caught: []string{"PRP-001"}, Spares: quiet,
			lie: atTenth(func() { _ = syscall.Kill(os.Getpid(), syscall.SIGSTOP) }),
		},
		{
			Name: "leave a child behind", Defect: "it starts a process that lives on after Close", Bed: Process,
			Caught: []string{"PRC-008"}, Spares: quiet, lie: opening(startChild),
		},
		{
			Name: "write beside its directory", Defect: "it keeps a file beside its data directory", Bed: Process,
			Caught: []string{"PRC-008"}, Spares: quiet, lie: opening(writeBeside),
		},
		{
			Name: "a file for each session", Defect: "each Open leaves a file that no Close takes away", Bed: Disk,
			Caught: []string{"PRC-010"}, Spares: []string{"ORD-005", "DUR-001", "CAP"}, lie: opening(leaveFile),
		},
		{
			Name: "print on stdout", Defect: "it prints before the handshake", Bed: Process,
			Caught: []string{"HSK-006"}, Spares: []string{"HSK-001", "SES-001", "SES-009"},
			main: func() { fmt.Println("starting up") },
		},
		{
			Name: "print broken records", Defect: "what it prints on stderr begins as a record of a log, and isn't one", Bed: Process,
			Caught: []string{"PRC-009"}, Spares: quiet, lie: opening(printBroken),
		},
		{
			Name: "chatter", Defect: "it prints five lines for each entry", Bed: Process,
			Caught: []string{"PRC-009"}, Spares: quiet, lie: chatter,
		},
		{
			Name: "die of SIGTERM", Defect: "it ends at the signals that its whole group gets", Bed: Process,
			Caught: []string{"PRC-001"}, Spares: quiet,
			lie: opening(func(sdk.Config) error {
				signal.Reset(syscall.SIGTERM, syscall.SIGINT)
				return nil
			}),
		},
		{
			Name: "exit in Close", Defect: "its process exits with status 3 when it is closed", Bed: Process,
			Caught: []string{"PRC-007"}, Spares: []string{"HSK-006", "CAP-004"}, lie: exitInClose,
		},
	}
}

// Main is what a mutant's process does before it serves.
func (m Mutant) Main() {
	if m.main != nil {
		m.main()
	}
}

// atTenth does something at the tenth proposal.
func atTenth(do func()) func() lie {
	return func() lie {
		var seen atomic.Int64
		return lie{propose: func(ctx context.Context, data []byte, inner sdk.Backend) error {
			if seen.Add(1) == 10 {
				do()
			}
			return inner.Propose(ctx, data)
		}}
	}
}

// opening does something before Open.
func opening(do func(sdk.Config) error) func() lie {
	return func() lie {
		return lie{open: func(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine, inner sdk.Backend) error {
			if err := do(cfg); err != nil {
				return err
			}
			return inner.Open(ctx, cfg, sm)
		}}
	}
}

// startChild starts one that the host finds, and ends, in its plugin's group.
func startChild(sdk.Config) error {
	return exec.CommandContext(context.Background(), "sleep", "60").Start()
}

func writeBeside(cfg sdk.Config) error {
	return os.WriteFile(cfg.DataDir+".pid", []byte(fmt.Sprintln(os.Getpid())), 0o600)
}

func leaveFile(cfg sdk.Config) error {
	f, err := os.CreateTemp(cfg.DataDir, "session-")
	if err != nil {
		return err
	}
	return f.Close()
}

func printBroken(sdk.Config) error {
	_, err := fmt.Fprintln(os.Stderr, `{"@level":"info","@message":`)
	return err
}

func chatter() lie {
	var cfg sdk.Config
	return lie{
		open: func(ctx context.Context, c sdk.Config, sm sdk.StateMachine, inner sdk.Backend) error {
			cfg = c
			return inner.Open(ctx, c, sm)
		},
		propose: func(ctx context.Context, data []byte, inner sdk.Backend) error {
			for i := range 5 {
				cfg.Logger.Debug("about to propose", "bytes", len(data), "step", i)
			}
			return inner.Propose(ctx, data)
		},
	}
}

func exitInClose() lie {
	return lie{close: func(ctx context.Context, inner sdk.Backend) error {
		_ = inner.Close(ctx)
		os.Exit(3)
		return nil
	}}
}
