package builtin_test

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/chronik-stream/metalog/builtin"
	"github.com/chronik-stream/metalog/sdk"
)

// forgetfulEnv makes this test binary a program that doesn't call Serve.
const forgetfulEnv = "METALOG_TEST_FORGETFUL"

func TestMain(m *testing.M) {
	if os.Getenv(forgetfulEnv) != "" {
		_, err := builtin.Open("local")(context.Background())
		_, _ = io.WriteString(os.Stdout, err.Error())
		os.Exit(0)
	}
	builtin.Serve()
	goleak.VerifyTestMain(m)
}

func TestNames(t *testing.T) {
	require.Equal(t, "local", builtin.Names()[0], "the default is the first")
	for _, name := range builtin.Names() {
		p, ok := builtin.Plugin(name)
		require.True(t, ok)
		p.RunDir = runDir(t)
		info, err := p.Describe(t.Context())
		require.NoError(t, err)
		require.Equal(t, name, info.Name)
		require.NotEmpty(t, info.Version)
		require.Len(t, info.SHA256, 64)
	}
}

func TestUnknown(t *testing.T) {
	_, ok := builtin.Plugin("nothing")
	require.False(t, ok)
	_, err := builtin.Open("nothing")(t.Context())
	require.ErrorIs(t, err, sdk.ErrInvalidConfig)
	require.ErrorContains(t, err, "local")
}

// What was acknowledged by one process is delivered by the next.
func TestLocalKeepsEntries(t *testing.T) {
	t.Setenv("TMPDIR", runDir(t))
	dir := filepath.Join(t.TempDir(), "data")
	open := func(applied uint64) (sdk.Backend, *machine) {
		b, err := builtin.Open("local")(t.Context())
		require.NoError(t, err)
		m := &machine{entries: make(chan sdk.Entry, 8)}
		require.NoError(t, b.Open(t.Context(), sdk.Config{ClusterID: "c", NodeID: "n", DataDir: dir, Applied: applied}, m))
		return b, m
	}
	b, m := open(0)
	require.NoError(t, b.Propose(t.Context(), []byte("kept")))
	require.Equal(t, "kept", string(m.next(t).Data))
	require.NoError(t, b.Close(t.Context()))

	b, m = open(0)
	require.Equal(t, "kept", string(m.next(t).Data))
	if runtime.GOOS == "linux" {
		requireOwnImage(t, b.(sdk.Informer).Info().PID)
	}
	require.NoError(t, b.Close(t.Context()))
}

// requireOwnImage checks that the child runs this very file.
func requireOwnImage(t *testing.T, pid int) {
	t.Helper()
	own, err := os.Stat("/proc/self/exe")
	require.NoError(t, err)
	child, err := os.Stat(filepath.Join("/proc", strconv.Itoa(pid), "exe"))
	require.NoError(t, err)
	require.True(t, os.SameFile(own, child))
}

// The hidden sub-command answers by hand what any plugin does.
func TestByHand(t *testing.T) {
	for _, c := range []struct {
		args []string
		exit int
		says string
	}{
		{[]string{"__plugin", "local", "describe"}, 0, "local"},
		{[]string{"__plugin", "nothing"}, 2, `no built-in backend "nothing"`},
		{[]string{"__plugin"}, 2, "no built-in backend"},
	} {
		cmd := exec.Command(os.Args[0], c.args...)
		out, _ := cmd.CombinedOutput()
		require.Equal(t, c.exit, cmd.ProcessState.ExitCode(), "%q: %s", c.args, out)
		require.Contains(t, string(out), c.says)
	}
}

// A main that forgot Serve would start itself without end.
func TestChildThatForgotServe(t *testing.T) {
	cmd := exec.Command(os.Args[0], "__plugin", "local")
	cmd.Env = append(os.Environ(), forgetfulEnv+"=1")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "call builtin.Serve first thing in main")
}

func runDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "ml") //nolint:usetesting // t.TempDir is too long for a socket
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// machine hands on the entries it gets.
type machine struct{ entries chan sdk.Entry }

func (m *machine) Apply(_ context.Context, entries ...sdk.Entry) error {
	for _, e := range entries {
		m.entries <- e
	}
	return nil
}

func (m *machine) Snapshot(context.Context) (sdk.Snapshot, error) { return nil, sdk.ErrUnsupported }
func (m *machine) Restore(context.Context, io.Reader) error       { return sdk.ErrUnsupported }
func (m *machine) SetStatus(sdk.Status)                           {}

func (m *machine) next(t *testing.T) sdk.Entry {
	t.Helper()
	select {
	case e := <-m.entries:
		return e
	case <-time.After(20 * time.Second):
		require.FailNow(t, "no entry came")
		return sdk.Entry{}
	}
}
