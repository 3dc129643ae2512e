package contract

import (
	"context"
	"fmt"
	"os"
	"runtime"

	"github.com/chronik-stream/metalog/conformance/trial"
)

// sessionsDontPileUp compares the first sessions with the last: what each leaves
// shows as one more for each.
func sessionsDontPileUp(ctx context.Context, s *trial.Stage) error {
	const settling, more = 2, 10
	if err := openAndClose(ctx, s, settling); err != nil {
		return err
	}
	before, err := holdingsOf(s.World.Config("n1").DataDir)
	if err != nil {
		return err
	}
	if err := openAndClose(ctx, s, more); err != nil {
		return err
	}
	after, err := holdingsOf(s.World.Config("n1").DataDir)
	if err != nil {
		return err
	}
	for what, n := range after {
		if n-before[what] >= more {
			return fmt.Errorf("after %d sessions more there are %d %s, where there were %d", more, n, what, before[what])
		}
	}
	return nil
}

func openAndClose(ctx context.Context, s *trial.Stage, times int) error {
	for range times {
		n, err := s.Start(ctx, "n1")
		if err != nil {
			return err
		}
		if err := n.Propose(ctx, []byte("again")); err != nil {
			return err
		}
		if err := n.Close(ctx); err != nil {
			return err
		}
	}
	return nil
}

// holdingsOf counts what a session could leave: in its directory, and in this
// process, which is the backend's own if it isn't a binary.
func holdingsOf(dir string) (map[string]int, error) {
	t, err := treeOf(dir)
	if err != nil {
		return nil, err
	}
	open, err := os.ReadDir("/dev/fd")
	if err != nil {
		return nil, trial.Unable("there is no /dev/fd to see open files in")
	}
	return map[string]int{
		"files in its directory": len(t), "open descriptors": len(open), "goroutines": runtime.NumGoroutine(),
	}, nil
}
