package conformance_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/conformance"
	"github.com/chronik-stream/metalog/host/launch"
)

// The test binary is also every plugin of these tests: modeEnv says which.
const modeEnv = "METALOG_TEST_MODE"

func TestMain(m *testing.M) {
	addUnrulyChildren()
	if mode := os.Getenv(modeEnv); mode != "" {
		children[mode]()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child is this test binary as a plugin in the given mode.
func child(t *testing.T, mode string) conformance.Target {
	t.Helper()
	path, err := os.Executable()
	require.NoError(t, err)
	return conformance.Binary(launch.Plugin{
		Name: mode, Path: path, Env: []string{modeEnv + "=" + mode, "GORACE=atexit_sleep_ms=0"}, RunDir: shortDir(t),
	}, nil)
}

// shortDir is a directory whose path leaves room for a socket's name.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "mc") //nolint:usetesting // t.TempDir is too long for a socket
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}
