package contract

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk/plugin"
)

// handRun is a plugin that was run to its end without a host.
type handRun struct {
	stdout, stderr string
	code           int // -1: a signal
}

func (r handRun) String() string {
	return fmt.Sprintf("stdout %s, stderr %s", trial.Show([]byte(r.stdout)), trial.Show([]byte(r.stderr)))
}

// byHand runs the plugin as people do, in an empty directory, which it must leave
// so.
func byHand(ctx context.Context, s *trial.Stage, stdin string, args ...string) (handRun, error) {
	ctx, cancel := s.Within(ctx)
	defer cancel()
	cmd, err := command(ctx, s, args...)
	if err != nil {
		return handRun{}, err
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &stdout, &stderr
	err = cmd.Run()
	r := handRun{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return r, fmt.Errorf("%q didn't end: %w; %s", args, context.Cause(ctx), r)
	case err != nil && !errors.As(err, &exit):
		return r, trial.Harness(err)
	}
	left, err := treeOf(cmd.Dir)
	if err != nil {
		return r, err
	}
	if err := (tree{}).changedTo(left); err != nil {
		return r, fmt.Errorf("%q wrote into the directory it was called in: %w", args, err)
	}
	return r, nil
}

// command is the plugin's, in a directory of its own.
func command(ctx context.Context, s *trial.Stage, args ...string) (*exec.Cmd, error) {
	p, err := plugged(s)
	if err != nil {
		return nil, err
	}
	path, err := filepath.Abs(p.Path)
	if err != nil {
		return nil, trial.Harness(err)
	}
	cmd := exec.CommandContext(ctx, path, slices.Concat(p.Args, args)...)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, plugin.Handshake.MagicCookieKey+"=") || strings.HasPrefix(v, plugin.DeathFDEnv+"=")
	})
	cmd.Env = append(cmd.Env, p.Env...)
	cmd.WaitDelay = time.Second // for whatever else holds its output
	if cmd.Dir, err = os.MkdirTemp(s.Dir, "cwd-"); err != nil {
		return nil, trial.Harness(err)
	}
	return cmd, nil
}

// greeted starts the plugin as a host of some protocol versions does, and ends it
// by the death pipe once it has said where it listens. It returns all it printed
// on stdout.
func greeted(ctx context.Context, s *trial.Stage, versions string) (handRun, error) {
	ctx, cancel := s.Within(ctx)
	defer cancel()
	cmd, err := command(ctx, s)
	if err != nil {
		return handRun{}, err
	}
	p, err := plugged(s)
	if err != nil {
		return handRun{}, err
	}
	room, err := os.MkdirTemp(p.RunDir, "mh") // its path must be short: a socket is in it
	if err != nil {
		return handRun{}, trial.Harness(err)
	}
	defer func() { _ = os.RemoveAll(room) }()
	death, host, err := os.Pipe()
	if err != nil {
		return handRun{}, trial.Harness(err)
	}
	defer func() { _ = host.Close() }()
	cmd.ExtraFiles = []*os.File{death} // 3
	cmd.Env = append(cmd.Env,
		plugin.Handshake.MagicCookieKey+"="+plugin.Handshake.MagicCookieValue,
		"PLUGIN_PROTOCOL_VERSIONS="+versions, "PLUGIN_UNIX_SOCKET_DIR="+room, plugin.DeathFDEnv+"=3")
	r, err := firstLineThenRest(cmd, death, host)
	if ctx.Err() != nil {
		return r, fmt.Errorf("it didn't say where it listens and end when its host had died: %w; %s", context.Cause(ctx), r)
	}
	return r, trial.Harness(err)
}

// firstLineThenRest runs cmd, closes host when it has printed a line, and reads on
// to the end.
func firstLineThenRest(cmd *exec.Cmd, death, host *os.File) (handRun, error) {
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return handRun{}, errors.Join(err, death.Close())
	}
	err = cmd.Start()
	_ = death.Close()
	if err != nil {
		return handRun{}, err
	}
	reader := bufio.NewReader(out)
	line, _ := reader.ReadString('\n') // an early end shows in the exit code
	_ = host.Close()
	rest, _ := io.ReadAll(reader)
	err = cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = nil
	}
	return handRun{line + string(rest), stderr.String(), cmd.ProcessState.ExitCode()}, err
}
