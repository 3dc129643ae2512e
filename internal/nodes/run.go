package nodes

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// drain is how long a node's output is read after its process has ended: whom it
// left behind may hold the pipe.
const drain = time.Second

// run is one process of a node, from its start to its end. It owns a goroutine,
// which waits for the process; exited is closed when that and all output are over.
type run struct {
	cmd    *exec.Cmd
	parent *os.File // the process sees its other end close when this one dies
	out    *lines
	exited chan struct{}
	how    string // how it ended; to be read after exited
}

// start starts a process in a group of its own, so that ^C doesn't reach it.
func start(path string, args, env []string, output func(string), ended func(how string)) (*run, error) {
	theirs, parent, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	r := &run{parent: parent, out: &lines{to: output}, exited: make(chan struct{})}
	r.cmd = &exec.Cmd{
		Path: path, Args: append([]string{"metalog"}, args...), Env: append(slices.Clip(env), parentEnv+"=3"), // nodes share env
		Stdout: r.out, Stderr: r.out, WaitDelay: drain,
		ExtraFiles:  []*os.File{theirs}, // fd 3
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true},
	}
	err = errors.Join(r.cmd.Start(), theirs.Close())
	if err != nil {
		return nil, errors.Join(err, parent.Close())
	}
	go r.wait(ended)
	return r, nil
}

func (r *run) wait(ended func(string)) {
	_ = r.cmd.Wait() // how it ended is in ProcessState
	_ = r.parent.Close()
	r.out.flush()
	r.how = r.cmd.ProcessState.String()
	ended(r.how)
	close(r.exited)
}

func (r *run) over() bool {
	select {
	case <-r.exited:
		return true
	default:
		return false
	}
}

// stopped reports whether it ended well, or by SIGTERM, as one does that has only just
// begun; it is called after exited.
func (r *run) stopped() bool {
	status, ok := r.cmd.ProcessState.Sys().(syscall.WaitStatus)
	return r.cmd.ProcessState.Success() || ok && status.Signaled() && status.Signal() == syscall.SIGTERM
}

// ending is how it ended, as an error; it is called after exited.
func (r *run) ending(node string) *EndedError {
	return &EndedError{Node: node, How: r.how, Last: r.out.last()}
}

func (r *run) pid() int { return r.cmd.Process.Pid }

// lines makes lines of what is written, and keeps the last of them. exec's one
// goroutine writes; anybody may read the tail.
type lines struct {
	to   func(string)
	part []byte

	mu   sync.Mutex
	tail []string
}

// What is kept of the output, and how long a line may be before it is cut.
const (
	tailLines = 12
	longest   = 64 << 10
)

// Write never fails, so that the process can always print.
func (l *lines) Write(p []byte) (int, error) {
	n := len(p)
	for {
		line, rest, whole := bytes.Cut(p, []byte("\n"))
		l.part = append(l.part, line[:min(len(line), longest-len(l.part))]...)
		if !whole {
			return n, nil
		}
		l.line()
		p = rest
	}
}

func (l *lines) line() {
	text := strings.ToValidUTF8(string(l.part), "?")
	l.part = l.part[:0]
	l.mu.Lock()
	l.tail = append(l.tail, text)
	l.tail = slices.Delete(l.tail, 0, max(0, len(l.tail)-tailLines))
	l.mu.Unlock()
	l.to(text)
}

func (l *lines) flush() {
	if len(l.part) > 0 {
		l.line()
	}
}

// last is the tail, for an error.
func (l *lines) last() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.tail, "\n")
}

// self is the running image, whatever an upgrade has put at its path meanwhile.
func self() string {
	if runtime.GOOS == "linux" {
		return "/proc/self/exe"
	}
	path, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return path
}
