package contract

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
)

// strace is the family of R3 seen from the kernel: what a backend asks it for,
// and what it does when that fails.
func strace() []trial.Case {
	const honest = "After a write or an fsync that failed, nothing is acknowledged that may be lost, what was refused never appears, and the backend says how it is."
	traced := []trial.Need{trial.NeedProcess, trial.NeedStrace}
	return []trial.Case{
		{
			ID: "STR-001", Title: "the fsync before an entry's acknowledgement and delivery", Rule: "R3", Profile: trial.Durable, Needs: traced,
			Promise: "An entry is acknowledged and delivered only when it would survive a power cut, so after an fsync.",
			Run:     syncsFirst,
		},
		{
			ID: "STR-002", Title: "every fsync fails with EIO, from one on", Rule: "R3, R8", Profile: trial.Durable, Needs: traced,
			Promise: honest, Run: failing(fault{calls: syncCalls, code: "EIO", syncs: true}),
		},
		{
			ID: "STR-003", Title: "every write to the disk fails with ENOSPC, from one on", Rule: "R3, R8", Profile: trial.Durable, Needs: traced,
			Promise: honest, Run: failing(fault{calls: writeCalls, code: "ENOSPC"}),
		},
		{
			ID: "STR-004", Title: "every write to the disk fails with EIO, from one on", Rule: "R3, R8", Profile: trial.Durable, Needs: traced,
			Promise: honest, Run: failing(fault{calls: writeCalls, code: "EIO"}),
		},
	}
}

// What makes written bytes durable, and what writes them.
const (
	syncCalls  = "fsync,fdatasync,msync,sync_file_range,syncfs"
	writeCalls = "write,pwrite64,writev,pwritev,pwritev2,fallocate,ftruncate"
)

// syncsFirst proposes one entry after the other: within each proposal a sync of a
// file in the directory begins and ends.
func syncsFirst(ctx context.Context, s *trial.Stage) error {
	dir, err := s.DataDir("n1")
	if err != nil {
		return err
	}
	to := filepath.Join(s.Dir, "trace")
	n, err := s.Traced(ctx, "n1", s.Machine("n1"),
		"-ff", "-ttt", "-T", "-y", "-o", to, "-e", "trace=openat,io_uring_enter,"+syncCalls+","+writeCalls)
	if err != nil {
		return err
	}
	if err := n.Open(ctx, func(*sdk.Config) {}); err != nil {
		return err
	}
	if err := s.Elected(ctx, n); err != nil {
		return err
	}
	var spans []span
	for i := range 20 {
		sp, err := lone(ctx, s, n, fmt.Sprintf("lone-%d", i))
		if err != nil {
			return err
		}
		spans = append(spans, sp)
	}
	if err := n.Close(ctx); err != nil {
		return err
	}
	t, err := readTrace(to)
	if err != nil {
		return err
	}
	return t.covers(spans, dir)
}

// span is a proposal that was alone: from its call to the first word of it.
type span struct {
	name       string
	call, back time.Time
}

// lone proposes an entry and returns when it has been acknowledged and delivered.
// The span ends with the first of the two.
func lone(ctx context.Context, s *trial.Stage, n *trial.Session, name string) (span, error) {
	sp := span{name: name, call: time.Now()}
	type answer struct {
		at  time.Time
		err error
	}
	acknowledged := make(chan answer, 1)
	go func() {
		err := n.Propose(ctx, []byte(name))
		acknowledged <- answer{time.Now(), err}
	}()
	within, cancel := s.Within(ctx)
	defer cancel()
	err := n.Machine.Await(within, "the delivery of "+name, func() bool { return holds(n.Machine, name) })
	sp.back = time.Now()
	a := <-acknowledged
	if a.at.Before(sp.back) {
		sp.back = a.at
	}
	return sp, cmp.Or(a.err, err)
}

// fault is what the kernel answers from some call on.
type fault struct {
	calls string
	code  string
	syncs bool // the calls are those that a durable backend can't do without
}

// failing fills a directory, lets a session run into the fault, and judges what
// the next one finds.
func failing(f fault) func(context.Context, *trial.Stage) error {
	return func(ctx context.Context, s *trial.Stage) error {
		r := newRecord()
		n, err := filled(ctx, s, r, 80)
		if err != nil {
			return err
		}
		if err := n.Close(ctx); err != nil {
			return err
		}
		met := false
		before := n.Machine
		for from := 2 + s.Rand.IntN(6); !met && from < 2000; from *= 4 { // further on, if it is met in Open
			if n, met, err = f.strike(ctx, s, r, from); err != nil {
				return err
			}
		}
		if !met {
			return trial.Harness(errors.New("the session can't be brought to open before the fault"))
		}
		if len(n.Machine.Entries()) > len(before.Entries()) {
			before = n.Machine
		}
		if _, err := judged(ctx, s, r, before); err != nil {
			return fmt.Errorf("after a session whose disk had failed: %w", err)
		}
		return nil
	}
}

// strike runs a session into the fault, which is there from a thread's from-th call
// on. It reports whether it could be proposed to before.
func (f fault) strike(ctx context.Context, s *trial.Stage, r *record, from int) (n *trial.Session, met bool, err error) {
	dir, err := s.DataDir("n1")
	if err != nil {
		return nil, false, err
	}
	files, err := readDirectory(dir)
	if err != nil {
		return nil, false, err
	}
	to := filepath.Join(s.Dir, fmt.Sprintf("trace-%d", from))
	options := []string{
		"-ff", "-ttt", "-T", "-y", "-o", to,
		"-e", fmt.Sprintf("inject=%s:error=%s:when=%d+", f.calls, f.code, from), "-e", "trace=" + f.calls,
	}
	for _, name := range files.names() {
		options = append(options, "-P", filepath.Join(dir, name)) // the socket has writes, too
	}
	if n, err = s.Traced(ctx, "n1", s.Machine("n1"), options...); err != nil {
		return nil, false, err
	}
	if err := opened(ctx, n); err != nil {
		n.Forget(ctx)
		return n, false, sound(err)
	}
	if s.Elected(ctx, n) != nil {
		err := admits(ctx, s, n)
		n.Forget(ctx)
		return n, false, err
	}
	felt, err := f.endure(ctx, s, r, n)
	n.Forget(ctx)
	if err != nil {
		return n, true, err
	}
	t, err := readTrace(to)
	if err != nil {
		return n, true, err
	}
	return n, true, f.noticed(len(t), t.injected(), felt)
}

// strikes is how many proposals a session gets to run into its fault: strace
// counts calls by thread, and a program has some of these.
const strikes = 600

// endure proposes until something fails, and a little more; the backend has to
// say so. It reports whether anything failed.
func (f fault) endure(ctx context.Context, s *trial.Stage, r *record, n *trial.Session) (felt bool, err error) {
	failed := 0
	for i := 0; i < strikes && failed < 3 && n.Ended() == nil; i++ {
		err := r.propose(ctx, n, fmt.Sprintf("struck-%d", i))
		switch {
		case trial.IsHang(err):
			return true, err
		case err != nil:
			failed++
		}
	}
	if failed == 0 && n.Ended() == nil {
		return false, nil
	}
	return true, admits(ctx, s, n)
}

// admits says that after a write that failed the backend ends, or says that it
// isn't well.
func admits(ctx context.Context, s *trial.Stage, n *trial.Session) error {
	within, cancel := s.Within(ctx)
	defer cancel()
	alive, stop := n.Alive(within)
	defer stop()
	err := n.Machine.Await(alive, "a status that isn't OK, or the process's end, after a failed write", func() bool {
		return n.Machine.Status().Health > sdk.HealthOK
	})
	if end := n.Ended(); end != nil {
		return sound(end)
	}
	return err
}

// sound says that a session which ended or was refused did so by its own will.
func sound(err error) error {
	if trial.IsHang(err) || trial.IsHarness(err) {
		return err
	}
	if crashed(err) {
		return fmt.Errorf("a disk that fails crashes the process: %w", err)
	}
	return nil
}

// noticed says that there was a fault, and that it was felt.
func (f fault) noticed(calls, injected int, felt bool) error {
	switch {
	case felt:
		return nil
	case calls == 0: // STR-001 sees whether there are any
		return trial.Unable("it calls none of %s for a file that was there before its Open: none can be made to fail", f.calls)
	case injected == 0:
		return trial.Harness(fmt.Errorf("none of %d calls of %s was made to fail", calls, f.calls))
	case f.syncs:
		return fmt.Errorf("%d calls of %s failed with %s, and every one of %d proposals was acknowledged", injected, f.calls, f.code, strikes)
	}
	return nil
}
