package trial

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/chronik-stream/metalog/host/launch"
)

// Traced begins a session of node whose plugin runs under strace with these
// options, and isn't open yet. The needs of the case say NeedStrace; on a machine
// that lets nobody trace, the error says so (IsUnable).
//
// A trace that is written to a file is complete once the session has ended.
func (s *Stage) Traced(ctx context.Context, node string, m *Machine, options ...string) (*Session, error) {
	started, ok := s.World.(interface{ processes() *binaryWorld })
	if !ok {
		return nil, Harness(errors.New("only a process can be traced"))
	}
	world := started.processes()
	strace, err := s.tracer(ctx)
	if err != nil {
		return nil, err
	}
	plain := world.target.plugin
	defer func() { world.target.plugin = plain }()
	if world.target.plugin, err = under(strace, options, plain); err != nil {
		return nil, err
	}
	return s.Session(ctx, node, m)
}

// under is p, started by strace. Whoever kills strace kills p: they are one
// process group.
func under(strace string, options []string, p launch.Plugin) (launch.Plugin, error) {
	path, err := filepath.EvalSymlinks(p.Path) // what /proc/self is would be strace
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return p, Harness(err)
	}
	args := append([]string{"-f", "-qq"}, options...)
	args = append(append(args, "--", path), p.Args...)
	p.Name, p.Path, p.Args, p.SHA256 = filepath.Base(path), strace, args, ""
	return p, nil
}

// tracer finds strace, and sees that it may trace.
func (s *Stage) tracer(ctx context.Context) (string, error) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		return "", Unable("strace isn't installed")
	}
	ctx, cancel := s.Within(ctx)
	defer cancel()
	out, err := exec.CommandContext(ctx, strace, "-f", "-qq", "-o", os.DevNull, "--", "/bin/true").CombinedOutput()
	if err != nil {
		return "", Unable("strace can't trace here: %v %s", err, out)
	}
	return strace, nil
}
