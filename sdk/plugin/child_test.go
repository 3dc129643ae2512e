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
func byHand(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(context.Background(), self, args...)
	cmd.Env = []string{childEnv + "=plain", "TMPDIR=" + t.TempDir()}
	return cmd
}

// startChild starts a plugin as a host would and reads its first line.
func startChild(t testing.TB, mode string, change func(*exec.Cmd)) *child {
	t.Helper()
	c := &child{cmd: byHand(t), stderr: &lockedBuffer{}, exited: make(chan struct{})}
	c.cmd.Env = append(c.cmd.Env, childEnv+"="+mode, "PLUGIN_PROTOCOL_VERSIONS=1",
		plugin.Handshake.MagicCookieKey+"="+plugin.Handshake.MagicCookieValue)
	if change != nil {
		change(c.cmd)
	}
	c.run(t)
	return c
}

func (c *child) run(t testing.TB) {
	t.Helper()
	c.cmd.Stderr = c.stderr
	out, err := c.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.cmd.Start())
	c.line, _ = bufio.NewReader(out).ReadString('\n')
	go func() {
		defer close(c.exited)
		_ = c.cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = c.cmd.Process.Kill()
		<-c.exited
	})
}

func (c *child) dial(t testing.TB) *grpc.ClientConn {
	t.Helper()
	parts := strings.Split(strings.TrimSpace(c.line), "|")
	require.GreaterOrEqual(t, len(parts), 5, "%q, stderr: %s", c.line, c.stderr)
	require.Equal(t, []string{"1", "1", "unix"}, parts[:3])
	return dial(t, parts[3])
}

func dial(t testing.TB, socket string) *grpc.ClientConn {
	t.Helper()
	cc, err := grpc.NewClient("unix:"+socket, append(plugin.DialOptions(), grpc.WithTransportCredentials(insecure.NewCredentials()))...)
	require.NoError(t, err)
	t.Cleanup(func() { _ = cc.Close() })
	return cc
}

func (c *child) open(t testing.TB, sm sdk.StateMachine) *plugin.Proxy {
	t.Helper()
	p, err := plugin.NewProxy(t.Context(), c.dial(t), plugin.ProxyConfig{})
	require.NoError(t, err)
	closeAtEnd(t, p)
	require.NoError(t, p.Open(t.Context(), sdk.Config{NodeID: "n1", DataDir: t.TempDir()}, sm))
	return p
}

// gone waits for the process to exit and returns its code.
func (c *child) gone(t testing.TB) int {
	t.Helper()
	select {
	case <-c.exited:
	case <-time.After(5 * time.Second):
		require.Fail(t, "the plugin lives on", "stderr: %s", c.stderr)
	}
	return c.cmd.ProcessState.ExitCode()
}
