package launch_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host/launch"
	"github.com/chronik-stream/metalog/sdk"
)

const (
	maxMainLines = 40 // of the smallest plugin
	maxRequires  = 15 // in its go.mod: metalog, and what grpc and go-plugin need
)

// unwanted is what a plugin that imports only sdk and sdk/plugin must not have
// to download, with the reason.
var unwanted = map[string]string{
	"github.com/hashicorp/raft": "another backend's library",
	"github.com/lni/dragonboat": "another backend's library",
	"github.com/cockroachdb":    "pebble comes with another backend",
	"go.etcd.io/bbolt":          "the local backend's store",
	"github.com/tidwall/btree":  "the host's tables",
	"github.com/spf13/cobra":    "the command's",
	"github.com/prometheus":     "the server's",
}

// A plugin of somebody else: in a module of its own outside this repository,
// built there, started from its file.
func TestThirdPartyPlugin(t *testing.T) {
	dir := thirdPartyModule(t)
	build := exec.Command("go", "build", "-o", "acme", ".")
	build.Dir = dir
	build.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off", "GOTOOLCHAIN=local")
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)

	t.Run("requires little", func(t *testing.T) {
		requires := requiresOf(t, filepath.Join(dir, "go.mod"))
		require.LessOrEqual(t, len(requires), maxRequires, "%q", requires)
		for _, path := range requires {
			for prefix, reason := range unwanted {
				require.False(t, strings.HasPrefix(path, prefix), "%s: %s", path, reason)
			}
		}
	})
	t.Run("takes entries", func(t *testing.T) {
		l := &logs{}
		b, m := start(t, launch.Plugin{Path: filepath.Join(dir, "acme"), RunDir: shortDir(t), Logger: l.logger()})
		require.Equal(t, "thirdparty", b.(sdk.Informer).Info().Name)
		require.NoError(t, b.Propose(t.Context(), []byte("one")))
		require.NoError(t, b.Propose(t.Context(), []byte("two")))
		require.Equal(t, [][]byte{[]byte("one"), []byte("two")}, m.await(t, 2))
		_, claims := sdk.As[sdk.Compacter](b)
		require.False(t, claims, "what isn't claimed is absent")
		require.NoError(t, b.Close(t.Context()))
	})
}

// thirdPartyModule makes the module. The sums are this repository's, which has
// nearly all that the build asks for.
func thirdPartyModule(t *testing.T) (dir string) {
	t.Helper()
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	source, err := os.ReadFile("testdata/thirdparty/main.go")
	require.NoError(t, err)
	require.Less(t, strings.Count(string(source), "\n"), maxMainLines)
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	require.NoError(t, err)

	dir = t.TempDir()
	for name, content := range map[string]string{
		"main.go": string(source),
		"go.sum":  string(sums),
		"go.mod": "module example.com/acme/backend\n\ngo 1.26.0\n\n" +
			"require github.com/chronik-stream/metalog v0.0.0\n\n" +
			"replace github.com/chronik-stream/metalog => " + root + "\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644))
	}
	return dir
}

// requiresOf lists the modules that a go.mod requires.
func requiresOf(t *testing.T, path string) []string {
	t.Helper()
	mod, err := os.ReadFile(path)
	require.NoError(t, err)
	var paths []string
	for line := range strings.Lines(string(mod)) {
		fields := strings.Fields(strings.TrimPrefix(line, "require "))
		if len(fields) >= 2 && strings.HasPrefix(fields[1], "v") {
			paths = append(paths, fields[0])
		}
	}
	require.NotEmpty(t, paths)
	return paths
}
