package plugin_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/plugin"
)

func TestAPluginServesOneSessionAndEnds(t *testing.T) {
	c, m := startChild(t, "plain", nil), newMachine()
	p := c.open(t, m)
	require.NoError(t, p.Propose(t.Context(), []byte("a")))
	require.NoError(t, p.ReadBarrier(t.Context()))
	require.Equal(t, "a", string(m.state))
	require.NoError(t, p.Close(t.Context()))
	require.Zero(t, c.gone(t), "stderr: %s", c.stderr)
}

func TestAPluginEndsWithItsHostsConnection(t *testing.T) {
	c := startChild(t, "plain", nil)
	cc := c.dial(t)
	p, err := plugin.NewProxy(t.Context(), cc, plugin.ProxyConfig{})
	require.NoError(t, err)
	closeAtEnd(t, p)
	require.NoError(t, p.Open(t.Context(), sdk.Config{NodeID: "n1", DataDir: t.TempDir()}, newMachine()))
	require.NoError(t, cc.Close())
	c.gone(t)
}

func TestAPluginEndsWithItsHostBeforeAnySession(t *testing.T) {
	read, write, err := os.Pipe()
	require.NoError(t, err)
	c := startChild(t, "plain", func(cmd *exec.Cmd) {
		cmd.ExtraFiles = []*os.File{read}
		cmd.Env = append(cmd.Env, plugin.DeathFDEnv+"=3")
	})
	require.NoError(t, read.Close())
	require.Contains(t, c.line, "|unix|")
	require.NoError(t, write.Close())
	require.Zero(t, c.gone(t))
}

func TestAWrongDeathPipeIsNamed(t *testing.T) {
	for _, fd := range []string{"2", "many", "77"} {
		c := startChild(t, "plain", func(cmd *exec.Cmd) { cmd.Env = append(cmd.Env, plugin.DeathFDEnv+"="+fd) })
		require.Equal(t, 1, c.gone(t))
		require.Contains(t, c.stderr.String(), plugin.DeathFDEnv)
	}
}

func TestSignalsWaitForTheHostWhileASessionLives(t *testing.T) {
	c := startChild(t, "plain", nil)
	require.NoError(t, c.cmd.Process.Signal(syscall.SIGTERM))
	require.Equal(t, 1, c.gone(t), "nobody to wait for")

	c = startChild(t, "plain", nil)
	p := c.open(t, newMachine())
	for _, s := range []os.Signal{syscall.SIGTERM, os.Interrupt, syscall.SIGTERM} {
		require.NoError(t, c.cmd.Process.Signal(s))
	}
	require.NoError(t, p.Propose(t.Context(), nil))
	require.NoError(t, p.ReadBarrier(t.Context()))
	require.NoError(t, p.Close(t.Context()))
	require.Zero(t, c.gone(t))
}

func TestWhatAPluginPrintsComesOutOnStderr(t *testing.T) {
	c := startChild(t, "talkative", nil)
	p := c.open(t, newMachine())
	require.NoError(t, p.Close(t.Context()))
	c.gone(t)
	var logged map[string]any
	for line := range strings.Lines(c.stderr.String()) {
		if strings.Contains(line, `"logged"`) {
			require.NoError(t, json.Unmarshal([]byte(line), &logged))
		}
	}
	require.Equal(t, "logged", logged["@message"])
	require.Equal(t, "warn", logged["@level"], "a key of the host's own stays the host's")
	require.EqualValues(t, 5, logged["_level"])
	require.IsType(t, "", logged["@timestamp"])
	require.Contains(t, c.stderr.String(), "printed "+strings.Repeat("x", 200<<10)+"\n")
	require.Contains(t, c.stderr.String(), "printed to stderr\n")
}

func TestAPluginRunByHandSaysWhatItIs(t *testing.T) {
	cmd := byHand(t)
	out, err := cmd.CombinedOutput()
	require.Error(t, err)
	require.Equal(t, 2, cmd.ProcessState.ExitCode())
	require.Contains(t, string(out), "This is child 1.0.0, a replication backend for metalog. A host starts it:")
	require.Contains(t, string(out), "metalog server --backend")

	out, err = byHand(t, "--help").Output()
	require.NoError(t, err)
	require.Contains(t, string(out), "describe [--json]")
}

func TestDescribe(t *testing.T) {
	out, err := byHand(t, "describe").Output()
	require.NoError(t, err)
	require.Equal(t, `name         child
version      1.0.0
protocol     1.0
data format  1
claims       read_barrier transfer membership compact inspect
`, string(out))
	out, err = byHand(t, "describe", "--json").Output()
	require.NoError(t, err)
	require.JSONEq(t, `{"name": "child", "version": "1.0.0", "protocol": {"major": 1, "minor": 0}, "data_format": 1,
		"claims": ["read_barrier", "transfer", "membership", "compact", "inspect"]}`, string(out))
}

func TestValidate(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct {
		config string
		code   int
		says   string
	}{
		"right":    {"{}", 0, "is valid"},
		"wrong":    {`{"sync": 1}`, 1, "sync: is not known"},
		"not JSON": {"sync: 1", 1, "is not JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(dir, "config")
			require.NoError(t, os.WriteFile(file, []byte(c.config), 0o600))
			cmd := byHand(t, "validate", file)
			out, _ := cmd.CombinedOutput()
			require.Equal(t, c.code, cmd.ProcessState.ExitCode())
			require.Contains(t, string(out), c.says)

			cmd = byHand(t, "validate", "-")
			cmd.Stdin = strings.NewReader(c.config)
			out, _ = cmd.CombinedOutput()
			require.Equal(t, c.code, cmd.ProcessState.ExitCode())
			require.Contains(t, string(out), c.says)
		})
	}
	cmd := byHand(t, "validate", filepath.Join(dir, "absent"))
	out, _ := cmd.CombinedOutput()
	require.Equal(t, 1, cmd.ProcessState.ExitCode())
	require.Contains(t, string(out), "absent")
}

func TestDebugWaitsForAHostToAttach(t *testing.T) {
	c := &child{cmd: byHand(t, "--debug"), stderr: &lockedBuffer{}, exited: make(chan struct{})}
	c.run(t)
	var attach plugin.Reattach
	require.NoError(t, json.Unmarshal([]byte(c.line), &attach), "%q", c.line)
	require.Equal(t, c.cmd.Process.Pid, attach.PID)
	require.Equal(t, "unix", attach.Network)
	p, err := plugin.NewProxy(t.Context(), dial(t, attach.Address), plugin.ProxyConfig{})
	require.NoError(t, err)
	closeAtEnd(t, p)
	require.NoError(t, p.Open(t.Context(), sdk.Config{NodeID: "n1", DataDir: t.TempDir()}, newMachine()))
	require.NoError(t, p.Propose(t.Context(), nil))
	require.NoError(t, p.Close(t.Context()))
	require.Zero(t, c.gone(t), "stderr: %s", c.stderr)
}
