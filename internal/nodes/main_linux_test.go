package nodes_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/chronik-stream/metalog/internal/nodes"
	"github.com/chronik-stream/metalog/sdk"
)

// What a node that is this test binary does, beside being ready.
const (
	behaveEnv = "NODES_TEST_BEHAVE"
	deaf      = "deaf"   // to SIGTERM
	broken    = "broken" // ends at once
	unwell    = "unwell" // says so
)

const patience = 20 * time.Second

// The test binary is a node when it is started under the name of one, and the plugin
// of one.
func TestMain(m *testing.M) {
	switch filepath.Base(os.Args[0]) {
	case "metalog":
		os.Exit(beNode())
	case "plugin":
		select {}
	}
	goleak.VerifyTestMain(m)
}

// beNode is a host with a plugin and no more sense than it takes to be watched.
func beNode() int {
	ctx, release, err := nodes.Parent(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	defer release()
	behave := os.Getenv(behaveEnv)
	fmt.Fprintln(os.Stderr, "node", flag("--node-id"))
	if behave == broken {
		fmt.Fprint(os.Stderr, "error: the disk is on fire")
		return 1
	}
	if behave != deaf {
		var stop func()
		ctx, stop = signal.NotifyContext(ctx, syscall.SIGTERM)
		defer stop()
	} else {
		signal.Ignore(syscall.SIGTERM)
	}
	plugin := exec.Command("/proc/self/exe")
	plugin.Args, plugin.SysProcAttr = []string{"plugin"}, &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := plugin.Start(); err != nil {
		return 3
	}
	go func() {
		_ = http.ListenAndServe(flag("--listen-http"), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if behave == unwell {
				http.Error(w, "[-] backend: it is unwell", http.StatusServiceUnavailable)
			}
		}))
	}()
	<-ctx.Done()
	_ = plugin.Process.Kill()
	_ = plugin.Wait()
	return 0
}

func flag(name string) string {
	i := slices.Index(os.Args, name)
	return os.Args[i+1]
}

var replicated = sdk.Identity{Plugin: "fake", DataFormat: 1, Claims: sdk.Claims{sdk.Durable, sdk.Replicated}}

// config is of nodes that are this binary.
func config(t *testing.T, behave string) nodes.Config {
	t.Helper()
	return nodes.Config{
		Executable: os.Args[0], Env: []string{behaveEnv + "=" + behave, "GORACE=atexit_sleep_ms=0"},
		Dir: t.TempDir(), Nodes: 2, Backend: "fake", Identity: replicated,
	}
}

func start(t *testing.T, cfg nodes.Config) *nodes.Cluster {
	t.Helper()
	c, err := nodes.Start(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		require.NoError(t, c.Close(ctx))
	})
	return c
}

func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}
