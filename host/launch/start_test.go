package launch_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host/launch"
	"github.com/chronik-stream/metalog/sdk"
)

func TestPluginTakesEntriesAndCloses(t *testing.T) {
	p, _ := child(t, "plain")
	b, m := start(t, p)
	require.NoError(t, b.Propose(t.Context(), []byte("a")))
	require.Equal(t, [][]byte{[]byte("a")}, m.await(t, 1))

	info := b.(sdk.Informer).Info()
	require.Equal(t, "quirky", info.Name)
	require.Equal(t, "1.2.3", info.Version)
	require.Equal(t, sum(t, self()), info.SHA256)
	require.True(t, alive(info.PID))

	require.NoError(t, b.Close(t.Context()))
	require.NoError(t, b.(sdk.Lifetime).Err())
	require.False(t, alive(info.PID))
	require.Empty(t, ls(t, p.RunDir))
}

func TestDescribe(t *testing.T) {
	p, _ := child(t, "plain")
	info, err := p.Describe(t.Context())
	require.NoError(t, err)
	require.Equal(t, "quirky", info.Name)
	require.False(t, alive(info.PID))
	require.Empty(t, ls(t, p.RunDir))
}

func TestWithoutMTLS(t *testing.T) {
	p, _ := child(t, "without certificates")
	_, err := p.Describe(t.Context())
	require.ErrorContains(t, err, "may need mtls: off")
	require.Empty(t, ls(t, p.RunDir))

	p.MTLSOff = true
	_, err = p.Describe(t.Context())
	require.NoError(t, err)
}

// Nothing that isn't a plugin of this host starts, each says why, and none
// leaves anything behind.
func TestNotAPlugin(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), mode))
		return path
	}
	for _, c := range []struct {
		name, path string
		reason     sdk.Reason
		says       []string
	}{
		{"missing", filepath.Join(dir, "nowhere"), sdk.ReasonInternal, []string{"no such file", "check the path"}},
		{"directory", dir, sdk.ReasonInvalidConfig, []string{"a directory, not a program"}},
		{"device", "/dev/null", sdk.ReasonInvalidConfig, []string{"special file"}},
		{"no exec bit", write("plain", "x", 0o644), sdk.ReasonInvalidConfig, []string{"isn't executable", "chmod +x"}},
		{"text", write("text", "hello\n", 0o755), sdk.ReasonIncompatible, []string{"isn't a program for this machine"}},
		{"empty", write("empty", "", 0o755), sdk.ReasonIncompatible, []string{"isn't a program for this machine"}},
		{"no interpreter", write("lost", "#!/no/such/shell\n", 0o755), sdk.ReasonInternal, []string{"could not be started"}},
		{"another program", "/bin/true", sdk.ReasonInternal, []string{"exit status 0", "is it a Metalog plugin?", "printed nothing"}},
		{"a failing one", write("fails", "#!/bin/sh\necho one\necho two >&2\nexit 3\n", 0o755), sdk.ReasonInternal, []string{"exit status 3", "one", "two"}},
		{"killed", write("killed", "#!/bin/sh\nkill -9 $$\n", 0o755), sdk.ReasonInternal, []string{"signal: killed"}},
		{
			"newer protocol", write("newer", "#!/bin/sh\necho '1|9|unix|/x|grpc|'\nsleep 60\n", 0o755), sdk.ReasonIncompatible,
			[]string{"newer speaks protocol version 9", "this host speaks 1", "upgrade the host"},
		},
		{
			"older protocol", write("older", "#!/bin/sh\necho '1|0|unix|/x|grpc|'\nsleep 60\n", 0o755), sdk.ReasonIncompatible,
			[]string{"protocol version 0", "upgrade the plugin"},
		},
		{
			"not grpc", write("netrpc", "#!/bin/sh\necho '1|1|unix|/x|netrpc|'\nsleep 60\n", 0o755), sdk.ReasonIncompatible,
			[]string{"not as a plugin of this host", "netrpc"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := launch.Plugin{Path: c.path, RunDir: shortDir(t)}
			_, err := p.Open(t.Context())
			var e *sdk.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, c.reason, e.Reason, err)
			require.Equal(t, sdk.NotAppended, e.Outcome)
			for _, part := range c.says {
				require.ErrorContains(t, err, part)
			}
			require.Empty(t, ls(t, p.RunDir))
		})
	}
}

func TestStartTimeout(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		"echo nothing yet >&2; sleep 60",                                  // never says where it listens
		`echo "1|1|unix|$PLUGIN_UNIX_SOCKET_DIR/no|grpc|"; sleep 60`,      // listens nowhere
		`trap "" TERM INT QUIT; echo deaf; while true; do sleep 60; done`, // doesn't mind signals
	} {
		p, _ := script(t, body)
		p.StartTimeout = 300 * time.Millisecond
		p.MTLSOff = true
		began := time.Now()
		_, err := p.Open(t.Context())
		require.Error(t, err)
		require.Less(t, time.Since(began), 8*time.Second)
		require.Empty(t, ls(t, p.RunDir))
	}
}

func TestStartGivenUp(t *testing.T) {
	p, l := script(t, "echo here; sleep 60")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	opened := make(chan error, 1)
	go func() {
		_, err := p.Open(ctx)
		opened <- err
	}()
	l.await(t, "here")
	cancel()
	err := <-opened
	require.ErrorIs(t, err, context.Canceled)
	require.False(t, sdk.Terminal(err))

	_, err = p.Open(ctx) // given up before it began
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, ls(t, p.RunDir))
}

func TestChecksum(t *testing.T) {
	p, _ := child(t, "plain")
	right := sum(t, p.Path)
	p.SHA256 = strings.ToUpper(right)
	for range 2 { // go-plugin's own check fails the second time
		b, m := start(t, p)
		require.NoError(t, b.Propose(t.Context(), nil))
		m.await(t, 1)
		require.NoError(t, b.Close(t.Context()))
	}

	p.SHA256 = strings.Repeat("0", 64)
	_, err := p.Open(t.Context())
	require.True(t, sdk.Terminal(err))
	require.ErrorContains(t, err, right)
	require.ErrorContains(t, err, p.SHA256)
	require.Empty(t, ls(t, p.RunDir))
}

func TestChecksumOfScript(t *testing.T) {
	p, l := script(t, "echo started; exit 1")
	p.SHA256 = sum(t, p.Path)
	_, err := p.Open(t.Context())
	require.ErrorContains(t, err, "It printed: started")
	require.Contains(t, l.String(), "started by its path")
}

func TestEnvironment(t *testing.T) {
	t.Setenv("METALOG_TEST_SECRET", "hunter2")
	t.Setenv("TZ", "Europe/Berlin")
	p, l := script(t, "env; pwd; ls -a; exit 1")
	p.Env = []string{"GIVEN=yes", "TZ=UTC"}
	_, err := p.Open(t.Context())
	require.Error(t, err)
	printed := l.String()
	require.NotContains(t, printed, "hunter2")
	require.Contains(t, printed, "PATH="+os.Getenv("PATH"))
	require.Contains(t, printed, "GIVEN=yes")
	require.Contains(t, printed, "TZ=UTC")
	require.NotContains(t, printed, "Berlin")
	require.Contains(t, printed, p.RunDir) // the working directory, and it is empty:
	require.NotContains(t, printed, "plugin-dir")
}

func TestCloseOnExec(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs /proc")
	}
	f, err := os.Open("/dev/zero")
	require.NoError(t, err)
	defer f.Close()
	p, l := script(t, "ls -l /proc/self/fd; exit 1")
	_, err = p.Open(t.Context())
	require.Error(t, err)
	require.NotContains(t, l.String(), "/dev/zero")
	require.Contains(t, l.String(), "0 -> /dev/null")
}

func sum(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}

func ls(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
