package contract

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/chronik-stream/metalog/conformance/trial"
)

// sessionsDontPileUp compares the first sessions with the last: what each leaves
// shows as one more for each.
func sessionsDontPileUp(ctx context.Context, s *trial.Stage) error {
	const settling, more = 2, 10
	dir := s.World.Config("n1").DataDir
	if err := openAndClose(ctx, s, settling); err != nil {
		return err
	}
	before, err := holdingsOf(dir)
	if err != nil {
		return err
	}
	if err := openAndClose(ctx, s, more); err != nil {
		return err
	}
	after, err := holdingsOf(dir)
	switch {
	case err != nil:
		return err
	case after.files-before.files >= more:
		return fmt.Errorf("%d sessions more made %d files in its directory of %d", more, after.files, before.files)
	case after.descriptors-before.descriptors >= more:
		return fmt.Errorf("%d sessions more made %d open descriptors of %d", more, after.descriptors, before.descriptors)
	}
	return goroutinesFall(ctx, s, before.goroutines+more)
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

// holdings counts what a session could leave: in its directory, and in this
// process, which is the backend's own if it isn't a binary.
type holdings struct{ files, descriptors, goroutines int }

func holdingsOf(dir string) (holdings, error) {
	t, err := treeOf(dir)
	if err != nil {
		return holdings{}, err
	}
	open, err := os.ReadDir("/dev/fd")
	if err != nil {
		return holdings{}, trial.Unable("there is no /dev/fd to see open files in")
	}
	return holdings{len(t), len(open), runtime.NumGoroutine()}, nil
}

// goroutinesFall waits until there are fewer than most: one that ends by itself
// may take a moment.
func goroutinesFall(ctx context.Context, s *trial.Stage, most int) error {
	within, cancel := s.Within(ctx)
	defer cancel()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for runtime.NumGoroutine() >= most {
		select {
		case <-again.C:
		case <-within.Done():
			return fmt.Errorf("after the last session there are %d goroutines left, and one for each would make %d", runtime.NumGoroutine(), most)
		}
	}
	return nil
}
