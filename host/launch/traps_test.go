package launch_test

import (
	"bufio"
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/chronik-stream/metalog/host/launch"
	"github.com/chronik-stream/metalog/sdk"
)

// What a plugin prints, at whatever moment and of whatever kind, is logged,
// and neither the host nor the plugin comes to harm. go-plugin panics, refuses
// to start, or lets the plugin block.
func TestPrintedLines(t *testing.T) {
	t.Run("stderr", func(t *testing.T) {
		t.Parallel()
		p, l := child(t, "noisy stderr")
		b, m := start(t, p)
		require.NoError(t, b.Propose(t.Context(), nil))
		m.await(t, 1)
		last := l.await(t, "last line")
		require.Contains(t, last, "plugin=\"noisy stderr\"")
		require.Contains(t, last, "pid="+strconv.Itoa(pid(b)))
		require.Contains(t, l.await(t, `@message\":5`), "level=INFO")
		require.Contains(t, l.await(t, "fields of any type"), "timestamp=[]")
		require.Regexp(t, `level=WARN .*free=17`, l.await(t, "low on space"))
		long := l.await(t, "long xxx")
		require.Contains(t, long, "cut=true")
		require.Less(t, len(long), launch.MaxLine+1<<10)
	})
	t.Run("stdout", func(t *testing.T) {
		t.Parallel()
		p, l := child(t, "noisy stdout")
		b, m := start(t, p)
		require.NoError(t, b.Propose(t.Context(), nil))
		m.await(t, 1)
		l.await(t, "starting up")
		l.await(t, "printed last")
	})
}

// A log that is only known at Open gets the lines from then on.
func TestLogsToTheHostOfOpen(t *testing.T) {
	p, _ := child(t, "noisy stderr")
	p.Logger = nil
	b, err := p.Open(t.Context())
	require.NoError(t, err)
	defer shut(b)
	l := &logs{}
	cfg := config(t.TempDir())
	cfg.Logger = l.logger()
	require.NoError(t, b.Open(t.Context(), cfg, newMachine()))
	l.await(t, "last line")
}

func TestKilledPluginIsNoticed(t *testing.T) {
	p, _ := child(t, "plain")
	b, _ := start(t, p)
	require.NoError(t, syscall.Kill(pid(b), syscall.SIGKILL))
	took, err := awaitEnd(t, b)
	require.EqualError(t, err, "plugin plain ended (signal: killed)", "and nothing of sockets")
	require.ErrorIs(t, err, sdk.ErrClosed)
	require.False(t, sdk.Terminal(err))
	require.Less(t, took, 10*time.Second)
	require.Error(t, b.Propose(t.Context(), nil))
	require.NoError(t, b.Close(t.Context()), "nothing is left to close")
	require.Empty(t, ls(t, p.RunDir))
}

func TestKilledBeforeOpen(t *testing.T) {
	p, _ := child(t, "plain")
	b, err := p.Open(t.Context())
	require.NoError(t, err)
	defer shut(b)
	require.NoError(t, syscall.Kill(pid(b), syscall.SIGKILL))
	_, err = awaitEnd(t, b)
	require.ErrorContains(t, err, "signal: killed")
	require.Error(t, b.Open(t.Context(), config(t.TempDir()), newMachine()))
	require.NoError(t, b.Close(t.Context()))
}

func TestPanicIsQuoted(t *testing.T) {
	p, l := child(t, "panics on open")
	b, err := p.Open(t.Context())
	require.NoError(t, err)
	defer shut(b)
	opened := b.Open(t.Context(), config(t.TempDir()), newMachine())
	_, err = awaitEnd(t, b)
	require.Equal(t, err, opened, "what Open saw was only the broken session")
	require.ErrorContains(t, err, "panic: a bug of the plugin")
	require.ErrorContains(t, err, "exit status 2")
	require.Contains(t, l.await(t, "goroutine "), "level=ERROR")
	require.NoError(t, b.Close(t.Context()), "nothing is left to close")
}

// A panic in the backend's own goroutine is caught there: the plugin says so
// before it ends, and needs no stack to be quoted.
func TestLastWordIsTold(t *testing.T) {
	p, _ := child(t, "panics on propose")
	b, _ := start(t, p)
	require.Error(t, b.Propose(t.Context(), []byte("a")))
	_, err := awaitEnd(t, b)
	require.EqualError(t, err, "plugin panics on propose ended (exit status 1): the backend panicked in Propose: a bug of the backend")
}

// Kill and Ping of go-plugin would wait for ever.
func TestStoppedPlugin(t *testing.T) {
	t.Run("is found out and killed", func(t *testing.T) {
		t.Parallel()
		p, _ := child(t, "plain")
		p.HeartbeatTimeout = 3 * time.Second
		b, _ := start(t, p)
		stop(t, pid(b))
		took, err := awaitEnd(t, b)
		require.Error(t, err)
		require.Less(t, took, 10*time.Second)
		require.False(t, alive(pid(b)))
	})
	t.Run("doesn't hold up Close", func(t *testing.T) {
		t.Parallel()
		p, _ := child(t, "plain")
		b, _ := start(t, p)
		stop(t, pid(b))
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		began := time.Now()
		require.ErrorIs(t, b.Close(ctx), sdk.ErrTimeout)
		require.Less(t, time.Since(began), 10*time.Second)
		require.False(t, alive(pid(b)))
		require.Empty(t, ls(t, p.RunDir))
	})
	t.Run("doesn't hold up a start", func(t *testing.T) {
		t.Parallel()
		p, _ := script(t, `kill -STOP $$`)
		p.StartTimeout = 300 * time.Millisecond
		_, err := p.Open(t.Context())
		require.ErrorIs(t, err, sdk.ErrTimeout)
		require.Empty(t, ls(t, p.RunDir))
	})
}

// A backend whose Close hangs is asked for its stacks and killed, within 15 s
// though the caller would wait for ever.
func TestCloseIsBounded(t *testing.T) {
	t.Parallel()
	p, l := child(t, "won't close")
	b, _ := start(t, p)
	began := time.Now()
	require.ErrorIs(t, b.Close(context.Background()), sdk.ErrTimeout)
	require.Less(t, time.Since(began), 15*time.Second)
	require.False(t, alive(pid(b)))
	l.await(t, "SIGQUIT: quit")
	require.Contains(t, l.await(t, "quirky).Close"), "level=ERROR")
	require.NoError(t, b.Close(t.Context())) // again: nothing to do
}

// A host's deadline for Close is no shorter way out: what hangs is asked for its
// stacks all the same.
func TestCloseThatHangsPastADeadline(t *testing.T) {
	t.Parallel()
	p, l := child(t, "won't close")
	b, _ := start(t, p)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	require.ErrorIs(t, b.Close(ctx), sdk.ErrTimeout)
	l.await(t, "quirky).Close")
	require.False(t, alive(pid(b)))
}

// A grandchild that holds the pipes hides the end of the plugin from whoever
// reads them until they close.
func TestGrandchild(t *testing.T) {
	grandchild := func(t *testing.T, mode string) (sdk.Backend, int) {
		t.Helper()
		p, l := child(t, mode)
		b, _ := start(t, p)
		n, err := strconv.Atoi(regexp.MustCompile(`grandchild=(\d+)`).FindStringSubmatch(l.await(t, "grandchild="))[1])
		require.NoError(t, err)
		t.Cleanup(func() { _ = syscall.Kill(n, syscall.SIGKILL) })
		require.True(t, alive(n))
		return b, n
	}
	t.Run("ends with the plugin's group", func(t *testing.T) {
		t.Parallel()
		b, n := grandchild(t, "grandchild")
		awaitExit := watchExit(t, n)
		require.NoError(t, b.Close(t.Context()))
		awaitExit()
	})
	t.Run("doesn't hide a kill", func(t *testing.T) {
		t.Parallel()
		b, _ := grandchild(t, "escaping grandchild")
		require.NoError(t, syscall.Kill(pid(b), syscall.SIGKILL))
		took, _ := awaitEnd(t, b)
		require.Less(t, took, 10*time.Second)
	})
	t.Run("doesn't hold up Close", func(t *testing.T) {
		t.Parallel()
		b, n := grandchild(t, "escaping grandchild")
		began := time.Now()
		require.NoError(t, b.Close(t.Context()))
		require.Less(t, time.Since(began), 10*time.Second)
		require.True(t, alive(n)) // it left the group: not ours to kill
	})
}

// A host that is killed can't stop its plugin, and leaves its run directory:
// the plugin ends by itself, and the next start sweeps.
func TestHostKilled(t *testing.T) {
	for name, data := range map[string]string{"in a session": t.TempDir(), "before a session": ""} {
		t.Run(name, func(t *testing.T) {
			runDir := shortDir(t)
			host := exec.Command(self())
			host.Env = []string{modeEnv + "=host", runDirEnv + "=" + runDir, dataEnv + "=" + data}
			awaitExit := watchExit(t, startHost(t, host))
			left := ls(t, runDir)
			require.Len(t, left, 1)

			began := time.Now()
			require.NoError(t, host.Process.Kill())
			awaitExit()
			require.Less(t, time.Since(began), 5*time.Second)
			require.Equal(t, left, ls(t, runDir))

			p, _ := child(t, "plain")
			p.RunDir = runDir
			_, err := p.Describe(t.Context())
			require.NoError(t, err)
			require.Empty(t, ls(t, runDir))
		})
	}
}

// startHost returns the pid of the plugin that the host has started.
func startHost(t *testing.T, host *exec.Cmd) int {
	t.Helper()
	host.Stderr = os.Stderr
	out, err := host.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, host.Start())
	t.Cleanup(func() { _ = host.Process.Kill(); _ = host.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	n, err := strconv.Atoi(strings.TrimSpace(line))
	require.NoError(t, err)
	return n
}

// SIGTERM and SIGINT go to whole process groups, by systemd and by Ctrl-C: the
// host decides when its plugin closes.
func TestSignalsAreTheHostsBusiness(t *testing.T) {
	p, _ := child(t, "plain")
	b, m := start(t, p)
	for i, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGTERM} {
		require.NoError(t, syscall.Kill(pid(b), sig))
		require.NoError(t, b.Propose(t.Context(), nil))
		m.await(t, i+1)
	}
	group, err := syscall.Getpgid(pid(b))
	require.NoError(t, err)
	require.Equal(t, pid(b), group, "a process group of its own")
	require.NoError(t, b.Close(t.Context()))
}

// gRPC's default limit is 4 MiB, and a snapshot is larger than any limit.
func TestLargeThings(t *testing.T) {
	p, _ := child(t, "round trip")
	b, err := p.Open(t.Context())
	require.NoError(t, err)
	defer shut(b)
	m := newMachine()
	m.state = noise(9 << 20)
	require.NoError(t, b.Open(t.Context(), config(t.TempDir()), m))
	require.True(t, bytes.Equal(m.state, m.restore), "the snapshot's bytes came back")

	entry := noise(sdk.MaxEntrySize)
	for range 6 { // more than a message when delivered together
		require.NoError(t, b.Propose(t.Context(), entry))
	}
	for _, got := range m.await(t, 6) {
		require.True(t, bytes.Equal(entry, got))
	}
	require.ErrorIs(t, b.Propose(t.Context(), append(entry, 0)), sdk.ErrTooLarge)
}

// A plugin runs elsewhere: a relative data directory is still the host's.
func TestRelativeDataDir(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	p, l := child(t, "tells where")
	b, err := p.Open(t.Context())
	require.NoError(t, err)
	defer shut(b)
	require.NoError(t, b.Open(t.Context(), config("data"), newMachine()))
	require.Contains(t, l.await(t, "data in"), filepath.Join(dir, "data"))
}

// Hosts that share a run directory don't sweep each other's.
func TestStartsTogether(t *testing.T) {
	p, _ := child(t, "plain")
	p.MTLSOff = true
	var starts errgroup.Group
	for range 4 {
		starts.Go(func() error {
			for range 4 {
				if _, err := p.Describe(t.Context()); err != nil {
					return err
				}
			}
			return nil
		})
	}
	require.NoError(t, starts.Wait())
	require.Empty(t, ls(t, p.RunDir))
}

// Nothing piles up: goroutines (goleak, at the end), directories, descriptors.
func TestManyStarts(t *testing.T) {
	p, _ := child(t, "plain")
	p.MTLSOff = true
	life := func(end func(sdk.Backend)) {
		b, err := p.Open(t.Context())
		require.NoError(t, err)
		require.NoError(t, b.Open(t.Context(), config(t.TempDir()), newMachine()))
		end(b)
		shut(b)
	}
	closed := func(b sdk.Backend) { require.NoError(t, b.Close(t.Context())) }
	killed := func(b sdk.Backend) {
		require.NoError(t, syscall.Kill(pid(b), syscall.SIGKILL))
		awaitEnd(t, b)
	}
	life(closed)
	before := descriptors(t)
	for range 10 {
		life(closed)
		life(killed)
	}
	require.Empty(t, ls(t, p.RunDir))
	require.Eventually(t, func() bool { return descriptors(t) <= before }, patience, 10*time.Millisecond)
}

func descriptors(t *testing.T) int {
	t.Helper()
	dir := "/proc/self/fd"
	if _, err := os.Stat(dir); err != nil {
		dir = "/dev/fd"
	}
	return len(ls(t, dir))
}

func noise(size int) []byte {
	data := make([]byte, size)
	src := rand.NewChaCha8([32]byte{1})
	_, _ = src.Read(data)
	return data
}
