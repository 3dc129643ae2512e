package contract

import (
	"cmp"
	"context"
	"fmt"

	"github.com/chronik-stream/metalog/conformance/trial"
)

func killInCompact(ctx context.Context, s *trial.Stage) error {
	r := newRecord()
	n, err := filled(ctx, s, r, 400)
	if err != nil {
		return err
	}
	for round, cut := range []func(context.Context, *trial.Stage, *trial.Session) error{cutInSnapshot, cutAfterSnapshot, cutInSnapshot} {
		if err := fill(ctx, r, n, fmt.Sprintf("compact%d", round), 80); err != nil {
			return err
		}
		before := n.Machine
		if err := cut(ctx, s, n); err != nil {
			return err
		}
		if n, err = judged(ctx, s, r, before); err != nil {
			return fmt.Errorf("kill %d: %w", round+1, err)
		}
	}
	if err := n.Compact(ctx); err != nil {
		return fmt.Errorf("a compaction after those that were cut off: %w", err)
	}
	if err := n.Kill(ctx); err != nil {
		return err
	}
	_, err = judged(ctx, s, r, n.Machine)
	return err
}

// cutInSnapshot kills the process when it has half of the host's snapshot.
func cutInSnapshot(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	return cutCompact(ctx, s, n, func(chan struct{}) {})
}

// cutAfterSnapshot lets it have the other half as well, and kills it meanwhile.
func cutAfterSnapshot(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	return cutCompact(ctx, s, n, func(gate chan struct{}) { close(gate) })
}

func cutCompact(ctx context.Context, s *trial.Stage, n *trial.Session, halfway func(gate chan struct{})) error {
	hooks := trial.SnapshotHooks{Ballast: 1 << 20, Gate: make(chan struct{}), Started: make(chan struct{}, 1)}
	n.Machine.Hooks(hooks)
	defer n.Machine.Hooks(trial.SnapshotHooks{})
	var answer error
	over := make(chan struct{})
	go func() {
		defer close(over)
		answer = n.Compact(ctx)
	}()
	within, cancel := s.Within(ctx)
	defer cancel()
	var err error
	select {
	case <-hooks.Started:
		halfway(hooks.Gate)
	case <-over:
		err = fmt.Errorf("Compact came back without having read the host's snapshot: %v", answer) //nolint:errorlint,staticcheck // nil, if it thought that it was done
	case <-within.Done():
		err = fmt.Errorf("Compact didn't begin to read the host's snapshot: %w", context.Cause(within)) //nolint:staticcheck // the method's name
	}
	killed := s.World.Kill(n.Node()) // the half that is left is read by nobody
	select {
	case <-hooks.Gate:
	default:
		close(hooks.Gate)
	}
	ended := n.AwaitEnd(ctx)
	n.Forget(ctx)
	<-over
	return cmp.Or(err, killed, ended)
}
