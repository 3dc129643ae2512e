package launch

import (
	"context"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"github.com/chronik-stream/metalog/sdk/plugin"
)

// drainGrace is how long output is read after the process has ended. A
// grandchild may hold the pipes for ever.
const drainGrace = 150 * time.Millisecond

// process is one plugin process, used once; go-plugin drives it as its
// runner.Runner. It owns three goroutines from Start on: one for each output
// stream and one that waits for the process; exited says that all have ended
// and everything the process had is released.
type process struct {
	exe  *executable
	args []string
	env  []string // complete, before Start
	room *room
	out  *output

	line     *io.PipeReader // what go-plugin sees of stdout: one line
	exited   chan struct{}
	startErr error // exec failed; set by Start

	mu      sync.Mutex
	cmd     *exec.Cmd
	death   *os.File // the process sees its other end close when this host dies
	doomed  bool     // killed, perhaps before it was started
	cleared bool     // ended: its number may belong to somebody else
	seen    *handshake
}

func newProcess(exe *executable, args []string, r *room, out *output) *process {
	return &process{exe: exe, args: args, room: r, out: out, exited: make(chan struct{})}
}

// abandon releases a process that never came to its Start.
func (p *process) abandon() {
	p.release()
	close(p.exited)
}

// Start implements runner.Runner. Once it has failed, the process is released.
func (p *process) Start(context.Context) error {
	stdout, stderr, err := p.exec()
	if err != nil {
		p.startErr = err
		p.abandon()
		return err
	}
	p.out.with(slog.Int("pid", p.pid()))
	line, to := io.Pipe()
	p.line = line

	var readers sync.WaitGroup
	readers.Go(func() { p.readStdout(stdout, to) })
	readers.Go(func() { readLines(stderr, p.out.print) })
	go p.reap(&readers, stdout, stderr)
	return nil
}

// exec starts the process and returns the host's ends of its output.
func (p *process) exec() (stdout, stderr *os.File, err error) {
	var pipes pipes
	defer pipes.closeTheirs()
	stdout, stdoutW := pipes.out()
	stderr, stderrW := pipes.out()
	death, deathR := pipes.in()

	cmd := &exec.Cmd{
		Path: p.exe.path, Args: append([]string{p.exe.path}, p.args...),
		Env: p.env, Dir: p.room.workDir(),
		Stdout: stdoutW, Stderr: stderrW, ExtraFiles: []*os.File{deathR}, // fd 3
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true},
	}
	cmd.Env = append(cmd.Env, plugin.DeathFDEnv+"=3")
	if p.exe.pinned {
		cmd.Path = execFDPath
		cmd.ExtraFiles = append(cmd.ExtraFiles, p.exe.file) // fd 4
	}

	p.mu.Lock()
	defer p.mu.Unlock()
	if err = pipes.err; err == nil && p.doomed {
		err = context.Canceled
	}
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		pipes.closeOurs()
		return nil, nil, err
	}
	p.cmd, p.death = cmd, death
	return stdout, stderr, nil
}

// readStdout passes the line of the handshake on to go-plugin, and every other
// one to the log, for as long as the process prints: nothing printed before or
// after the handshake can spoil the start or block the plugin.
func (p *process) readStdout(stdout io.Reader, to *io.PipeWriter) {
	found := false
	readLines(stdout, func(line []byte, cut bool) {
		h, ok := parseHandshake(line)
		if found || !ok || cut {
			p.out.print(line, cut)
			return
		}
		found = true
		p.mu.Lock()
		p.seen = &h
		p.mu.Unlock()
		_, _ = io.WriteString(to, string(line)+"\n")
		_ = to.Close()
	})
	_ = to.Close()
}

// reap waits for the process itself: its pipes say nothing about it.
func (p *process) reap(readers *sync.WaitGroup, stdout, stderr *os.File) {
	_ = wait(p.cmd, p.clear) // how it ended is in ProcessState
	drained := make(chan struct{})
	go func() { readers.Wait(); close(drained) }()
	select {
	case <-drained:
	case <-time.After(drainGrace):
	}
	_ = stdout.Close()
	_ = stderr.Close()
	_ = p.line.Close() // go-plugin may not have come to read it
	<-drained
	p.release()
	close(p.exited)
}

// clear kills what the process leaves behind in its group.
func (p *process) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = syscall.Kill(-p.pid(), syscall.SIGKILL) // ESRCH: nothing is left
	p.cleared = true
}

func (p *process) release() {
	p.hangUp()
	_ = p.exe.file.Close()
	if err := p.room.remove(); err != nil {
		p.out.logger().Warn("a plugin's run directory could not be removed", "dir", p.room.dir, "error", err)
	}
}

// hangUp closes the death pipe: a plugin made with sdk/plugin exits at once.
func (p *process) hangUp() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.death != nil {
		_ = p.death.Close()
		p.death = nil
	}
}

// kill ends the whole group, or keeps the process from being started.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.doomed = true
	if p.cmd != nil && !p.cleared {
		_ = syscall.Kill(-p.pid(), syscall.SIGKILL)
	}
}

// askForStacks makes a Go program print its goroutines and exit.
func (p *process) askForStacks() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd != nil && !p.cleared {
		_ = p.cmd.Process.Signal(syscall.SIGQUIT)
	}
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// handshake is what the plugin said about itself; nil: nothing yet.
func (p *process) handshake() *handshake {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen
}

// ended says how the process ended; empty: it hasn't, or never began.
func (p *process) ended() string {
	select {
	case <-p.exited:
		if p.cmd != nil && p.cmd.ProcessState != nil {
			return p.cmd.ProcessState.String()
		}
	default:
	}
	return ""
}

// within reports whether the process was over in d.
func (p *process) within(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-p.exited:
		return true
	case <-timer.C:
		return false
	}
}
