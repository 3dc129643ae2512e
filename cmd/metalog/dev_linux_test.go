package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// freeBasePort is a port with room above it, below those that systems give away.
func freeBasePort(t *testing.T) int {
	t.Helper()
	free := func(base int) bool {
		for port := base; port < base+40; port++ {
			l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
			if err != nil {
				return false
			}
			_ = l.Close()
		}
		return true
	}
	for base := 12000 + os.Getpid()%400*40; base < 32000; base += 40 {
		if free(base) {
			return base
		}
	}
	require.FailNow(t, "no port is free")
	return 0
}

// scratch is a directory for temporary files, with a short name, for sockets.
func scratch(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "d") //nolint:usetesting // t.TempDir is too long for a socket
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return dir
}

// below are the processes that have a directory for temporary files below dir, or
// work there, as plugins do.
func below(t *testing.T, dir string) (pids []string) {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*")
	require.NoError(t, err)
	for _, proc := range all {
		env, _ := os.ReadFile(proc + "/environ") // one that is over has none
		cwd, _ := os.Readlink(proc + "/cwd")
		if strings.Contains("\x00"+string(env), "\x00TMPDIR="+dir) || strings.HasPrefix(cwd, dir) {
			pids = append(pids, filepath.Base(proc))
		}
	}
	return pids
}

func requireNobodyBelow(t *testing.T, dir string) {
	t.Helper()
	require.Eventually(t, func() bool { return len(below(t, dir)) == 0 }, startWait, 20*time.Millisecond, "processes are left")
}

// Nothing is left of a cluster that isn't kept: no process, no file.
func TestDevLeavesNothing(t *testing.T) {
	dir := scratch(t)
	t.Setenv("TMPDIR", dir)
	r := runDev(t, "--base-port", "0")
	nodes := r.ready(t)
	require.Len(t, nodes, 3)
	require.GreaterOrEqual(t, len(below(t, dir)), 6, "three hosts and three plugins")
	code, _, stderr := runAt(t, nodes[1], "topic", "create", "orders")
	require.Equal(t, exitOK, code, stderr)
	r.quit(t)
	requireEmpty(t, dir)
	require.Empty(t, below(t, dir))
}

// requireEmpty allows for the directory that all hosts of a user share.
func requireEmpty(t *testing.T, dir string) {
	t.Helper()
	left, err := filepath.Glob(dir + "/*")
	require.NoError(t, err)
	for _, path := range left {
		require.Equal(t, fmt.Sprintf("metalog-%d", os.Geteuid()), filepath.Base(path))
		rooms, err := os.ReadDir(path)
		require.NoError(t, err)
		require.Empty(t, rooms, path)
	}
}

// Nodes end when whoever started them does, even without a word.
func TestDevIsKilled(t *testing.T) {
	dir := scratch(t)
	log, from := newLogBuffer(), 0
	cmd := metalogCommand(context.Background(), "dev", "--base-port", "0")
	cmd.Env = append(os.Environ(), "TMPDIR="+dir)
	cmd.Stdout, cmd.Stderr = log, log
	require.NoError(t, cmd.Start())
	await(t, log, &from, "ready in")
	require.GreaterOrEqual(t, len(below(t, dir)), 7)
	require.NoError(t, cmd.Process.Kill())
	requireNobodyBelow(t, dir)
	require.Error(t, cmd.Wait())
}

// terminal is one that a test sits at: what is written to it was typed, what is read
// from it was shown.
func terminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	fd := int(person.Fd())
	require.NoError(t, unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0))
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	require.NoError(t, err)
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	require.NoError(t, unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 40, Col: 130}))
	return person, program
}

// On a terminal there are keys, and however it ends the terminal is as it was.
func TestDevOnATerminal(t *testing.T) {
	for name, end := range map[string]func(person *os.File, dev *os.Process) error{
		"q":       func(person *os.File, _ *os.Process) error { _, err := person.WriteString("q"); return err },
		"^C":      func(person *os.File, _ *os.Process) error { _, err := person.Write([]byte{3}); return err },
		"SIGTERM": func(_ *os.File, dev *os.Process) error { return dev.Signal(syscall.SIGTERM) },
		"SIGHUP":  func(_ *os.File, dev *os.Process) error { return dev.Signal(syscall.SIGHUP) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := scratch(t)
			person, program := terminal(t)
			before, err := unix.IoctlGetTermios(int(program.Fd()), unix.TCGETS)
			require.NoError(t, err)
			cmd := metalogCommand(context.Background(), "dev", "--nodes", "1", "--base-port", "0")
			cmd.Env = append(os.Environ(), "TMPDIR="+dir)
			cmd.Stdin, cmd.Stdout, cmd.Stderr = program, program, program
			cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
			require.NoError(t, cmd.Start())
			shown, read, from := newLogBuffer(), make(chan struct{}), 0
			go func() {
				defer close(read)
				_, _ = io.Copy(shown, person) // EIO is its end
			}()
			await(t, shown, &from, `ready in .* equal on 1/1`)
			_, err = person.WriteString("h")
			require.NoError(t, err)
			await(t, shown, &from, `no node is cut off`)
			await(t, shown, &from, `\x1b\[4A\r\x1b\[J`)

			require.NoError(t, end(person, cmd.Process))
			require.NoError(t, cmd.Wait(), shown)
			after, err := unix.IoctlGetTermios(int(program.Fd()), unix.TCGETS)
			require.NoError(t, err)
			require.Equal(t, before, after)
			requireEmpty(t, dir)
			requireNobodyBelow(t, dir)
			require.NoError(t, program.Close())
			<-read
			require.NoError(t, person.Close())
		})
	}
}
