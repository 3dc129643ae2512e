package nodes

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// Part says which processes of a node are meant.
type Part uint8

// A node is a host and its plugin, each a process.
const (
	Host Part = 1 << iota
	Plugin
	Both = Host | Plugin
)

// tick is how often a process or a node is asked how it is.
const tick = 10 * time.Millisecond

// killed is how long a process may take to be gone after SIGKILL: the kernel has to
// finish what it writes to a disk.
const killed = 10 * time.Second

// Kill ends the processes with SIGKILL and returns when they are gone. A host that
// goes alone takes its plugin with it, in its own time; a plugin that goes alone is
// started again by its host. What isn't running is left so.
func (n *Node) Kill(what Part) error {
	r := n.current()
	if r == nil {
		return nil
	}
	plugins := n.PluginPIDs() // before their parent is gone
	var errs []error
	if what&Host != 0 {
		errs = append(errs, r.signal(syscall.SIGKILL))
	}
	if what&Plugin != 0 {
		errs = append(errs, signalGroups(plugins, syscall.SIGKILL))
	} else {
		plugins = nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), killed)
	defer cancel()
	if what&Host != 0 {
		errs = append(errs, n.awaitExit(ctx, r))
	}
	return errors.Join(append(errs, n.awaitGone(ctx, plugins))...)
}

// Freeze stops the processes where they are, with SIGSTOP: they hold their ports and
// files, and answer nothing. Thaw lets them go on.
func (n *Node) Freeze(what Part) error { return n.signal(what, syscall.SIGSTOP) }

// Thaw ends Freeze.
func (n *Node) Thaw(what Part) error { return n.signal(what, syscall.SIGCONT) }

func (n *Node) signal(what Part, s syscall.Signal) error {
	r := n.current()
	if r == nil {
		return fmt.Errorf("node %s isn't running", n.name)
	}
	var errs []error
	if what&Plugin != 0 {
		errs = append(errs, signalGroups(n.PluginPIDs(), s))
	}
	if what&Host != 0 {
		errs = append(errs, r.signal(s))
	}
	return errors.Join(errs...)
}

func (r *run) signal(s syscall.Signal) error {
	err := r.cmd.Process.Signal(s)
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// signalGroups reaches what plugins have started, too: each leads a group.
func signalGroups(pids []int, s syscall.Signal) error {
	var errs []error
	for _, pid := range pids {
		if err := syscall.Kill(-pid, s); err != nil && !errors.Is(err, syscall.ESRCH) {
			errs = append(errs, fmt.Errorf("signal to the process group %d: %w", pid, err))
		}
	}
	return errors.Join(errs...)
}

func (n *Node) awaitExit(ctx context.Context, r *run) error {
	select {
	case <-r.exited:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("process %d of node %s is still there: %w", r.pid(), n.name, ctx.Err())
	}
}

// awaitGone waits for processes that aren't ours to reap.
func (n *Node) awaitGone(ctx context.Context, pids []int) error {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for _, pid := range pids {
		for !gone(pid) {
			select {
			case <-ticker.C:
			case <-ctx.Done():
				return fmt.Errorf("plugin process %d of node %s is still there: %w", pid, n.name, ctx.Err())
			}
		}
	}
	return nil
}
