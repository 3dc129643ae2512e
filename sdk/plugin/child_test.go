package plugin_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/plugin"
)

// childEnv makes this test binary a plugin; its value says of which kind.
const childEnv = "METALOG_PLUGIN_TEST_CHILD"

func childSpec(mode string) plugin.Spec {
	b := &able{}
	if mode == "talkative" {
		b.onOpen = func(sm sdk.StateMachine) error {
			fmt.Println("printed", strings.Repeat("x", 200<<10))
			fmt.Fprintln(os.Stderr, "printed to stderr")
			b.cfg.Logger.Warn("logged", "@level", 5, "took", time.Second)
			return nil
		}
	}
	return plugin.Spec{
		Name: "child", Version: "1.0.0", DataFormat: 1, Claims: everything,
		New: func() sdk.Backend { return b },
	}
}

// child is a plugin in its own process.
type child struct {
	cmd    *exec.Cmd
	line   string // its first on stdout
	stderr *lockedBuffer
	exited chan struct{}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// byHand is the command for a run without a host.
func byHand(tb testing.TB, args ...string) *exec.Cmd {
	tb.Helper()
	self, err := os.Executable()
	require.NoError(tb, err)
	cmd := exec.CommandContext(context.Background(), self, args...)
	cmd.Env = []string{childEnv + "=plain", "TMPDIR=" + tb.TempDir(), "GORACE=atexit_sleep_ms=0"}
	return cmd
}

// startChild starts a plugin as a host would and reads its first line.
func startChild(tb testing.TB, mode string, change func(*exec.Cmd)) *child {
	tb.Helper()
	c := &child{cmd: byHand(tb), stderr: &lockedBuffer{}, exited: make(chan struct{})}
	c.cmd.Env = append(c.cmd.Env, childEnv+"="+mode, "PLUGIN_PROTOCOL_VERSIONS=1",
		plugin.Handshake.MagicCookieKey+"="+plugin.Handshake.MagicCookieValue)
	if change != nil {
		change(c.cmd)
	}
	c.run(tb)
	return c
}

func (c *child) run(tb testing.TB) {
	tb.Helper()
	c.cmd.Stderr = c.stderr
	out, err := c.cmd.StdoutPipe()
	require.NoError(tb, err)
	require.NoError(tb, c.cmd.Start())
	c.line, _ = bufio.NewReader(out).ReadString('\n')
	go func() {
		defer close(c.exited)
		_ = c.cmd.Wait()
	}()
	tb.Cleanup(func() {
		_ = c.cmd.Process.Kill()
		<-c.exited
	})
}

func (c *child) dial(tb testing.TB) *grpc.ClientConn {
	tb.Helper()
	parts := strings.Split(strings.TrimSpace(c.line), "|")
	require.GreaterOrEqual(tb, len(parts), 5, "%q, stderr: %s", c.line, c.stderr)
	require.Equal(tb, []string{"1", "1", "unix"}, parts[:3])
	return dial(tb, parts[3])
}

func dial(tb testing.TB, socket string) *grpc.ClientConn {
	tb.Helper()
	cc, err := grpc.NewClient("unix:"+socket, append(plugin.DialOptions(), grpc.WithTransportCredentials(insecure.NewCredentials()))...)
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = cc.Close() })
	return cc
}

func (c *child) open(tb testing.TB, sm sdk.StateMachine) *plugin.Proxy {
	tb.Helper()
	p, err := plugin.NewProxy(tb.Context(), c.dial(tb), plugin.ProxyConfig{})
	require.NoError(tb, err)
	closeAtEnd(tb, p)
	require.NoError(tb, p.Open(tb.Context(), sdk.Config{NodeID: "n1", DataDir: tb.TempDir()}, sm))
	return p
}

// gone waits for the process to exit and returns its code.
func (c *child) gone(tb testing.TB) int {
	tb.Helper()
	select {
	case <-c.exited:
	case <-time.After(5 * time.Second):
		require.Fail(tb, "the plugin lives on", "stderr: %s", c.stderr)
	}
	return c.cmd.ProcessState.ExitCode()
}
