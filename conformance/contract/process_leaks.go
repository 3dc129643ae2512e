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
	after, err := treeOf(dir)
	switch {
	case err != nil:
		return err
	case len(after)-before.files >= more:
		return fmt.Errorf("%d sessions more made %d files in its directory of %d", more, len(after), before.files)
	}
	if err := fall(ctx, "open descriptors", descriptors, before.descriptors+more); err != nil {
		return err
	}
	return fall(ctx, "goroutines", runtime.NumGoroutine, before.goroutines+more)
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
	open := descriptors()
	if open == 0 {
		return holdings{}, trial.Unable("there is no /dev/fd to see open files in")
	}
	return holdings{len(t), open, runtime.NumGoroutine()}, nil
}

// descriptors counts those that this process has open; 0: that can't be seen.
func descriptors() int {
	open, _ := os.ReadDir("/dev/fd") // an error leaves it empty
	return len(open)
}

// falling is how long what a session had may outlive it. It isn't the patience: the
// longer it is, the likelier a descriptor that was forgotten is collected as garbage.
const falling = 2 * time.Second

// fall waits until there are fewer than most of what count counts: what ends by
// itself may take a moment, and others come and go with the rest of a test.
func fall(ctx context.Context, what string, count func() int, most int) error {
	within, cancel := context.WithTimeout(ctx, falling)
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for count() >= most {
		select {
		case <-again.C:
		case <-within.Done():
			return fmt.Errorf("after the last session there are %d %s left, and one for each would make %d", count(), what, most)
		}
	}
	return nil
}
