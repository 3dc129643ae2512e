package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// startWait bounds a start on a machine that is busy with other tests.
const startWait = 30 * time.Second

// metalogCommand is the real program, in a process of its own.
func metalogCommand(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Args = append([]string{"metalog"}, args...)
	return cmd
}

// nodeProcess is a running `metalog server`.
type nodeProcess struct {
	cmd        *exec.Cmd
	log        *logBuffer
	grpc, http string
	exited     chan struct{}
}

// startNode returns once the node listens; it may still be starting.
func startNode(dir, name string, flags ...string) (*nodeProcess, error) {
	args := append([]string{
		"server", "--node-id", name, "--data-dir", name, "--listen-grpc", "127.0.0.1:0", "--listen-http", "127.0.0.1:0",
	}, flags...)
	p := &nodeProcess{cmd: metalogCommand(context.Background(), args...), log: newLogBuffer(), exited: make(chan struct{})}
	p.cmd.Dir, p.cmd.Stderr = dir, p.log
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.exited)
		_ = p.cmd.Wait() // its exit code is in ProcessState
	}()
	found, err := p.await(`(?:msg=starting|"msg":"starting").*[ ,]"?grpc"?[=:]"?([^" ]+)"?[ ,]"?http"?[=:]"?http://([^" ]+)`)
	if err != nil {
		return nil, errors.Join(err, p.kill())
	}
	p.grpc, p.http = found[1], found[2]
	return p, nil
}

// await waits for a line of the node's log.
func (p *nodeProcess) await(pattern string) ([]string, error) {
	re := regexp.MustCompile(pattern)
	late := time.After(startWait)
	for {
		more := p.log.more()
		if found := re.FindStringSubmatch(p.log.String()); found != nil {
			return found, nil
		}
		select {
		case <-more:
		case <-p.exited:
			return nil, fmt.Errorf("the node ended before %q:\n%s", pattern, p.log)
		case <-late:
			return nil, fmt.Errorf("no %q:\n%s", pattern, p.log)
		}
	}
}

func (p *nodeProcess) serving() error {
	_, err := p.await(`msg"?[=:]"?serving`)
	return err
}

// stop asks the node to end and returns how it did.
func (p *nodeProcess) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-p.exited:
	case <-time.After(startWait):
		return errors.Join(fmt.Errorf("the node didn't stop:\n%s", p.log), p.kill())
	}
	if code := p.cmd.ProcessState.ExitCode(); code != exitOK {
		return fmt.Errorf("the node ended with %d:\n%s", code, p.log)
	}
	return nil
}

// kill ends the node as a power cut would; its plugin sees the session end.
func (p *nodeProcess) kill() error {
	err := p.cmd.Process.Kill()
	if errors.Is(err, os.ErrProcessDone) {
		err = nil
	}
	<-p.exited
	return err
}

// status is what `metalog status -o json` says.
func (p *nodeProcess) status(t *testing.T) statusView {
	t.Helper()
	code, stdout, stderr := runAt(t, p.grpc, "status", "--node", "-o", "json")
	require.Contains(t, []int{exitOK, exitUnhealthy}, code, stderr)
	var view statusView
	require.NoError(t, json.Unmarshal([]byte(stdout), &view), stdout)
	return view
}

// runAt runs a command against the node at addr, in this process.
func runAt(t *testing.T, addr string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errOut bytes.Buffer
	code = run(t.Context(), append(args, "--addr", addr), &bytes.Buffer{}, &out, &errOut)
	return code, out.String(), errOut.String()
}

// logBuffer keeps what a process prints and tells when there is more.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
	next chan struct{}
}

func newLogBuffer() *logBuffer { return &logBuffer{next: make(chan struct{})} }

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.next)
	b.next = make(chan struct{})
	return b.text.Write(p)
}

func (b *logBuffer) more() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.next
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
