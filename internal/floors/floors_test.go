package floors_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/floors"
)

type pkg struct {
	ImportPath   string
	Name         string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// list returns what the go command knows of the packages that args name.
func list(t *testing.T, args ...string) []pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", "-json=ImportPath,Name,Imports,TestImports,XTestImports"}, args...)...)
	cmd.Dir = "../.."
	out, err := cmd.Output()
	require.NoError(t, err)

	var pkgs []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			return pkgs
		}
		require.NoError(t, err)
		pkgs = append(pkgs, p)
	}
}

func room(path string) (name string, ours bool) {
	return strings.CutPrefix(path, floors.Module+"/")
}

func TestEveryRoomStandsOnItsFloor(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range list(t, "./...") {
		name, ours := room(p.ImportPath)
		require.True(t, ours, p.ImportPath)
		seen[name] = true
		allowed, known := floors.Rooms[name]
		require.True(t, known, "room %s stands in no floor plan: add it to floors.Rooms", name)

		for _, imp := range p.Imports {
			below, ours := room(imp)
			if ours && !slices.Contains(allowed, below) {
				t.Errorf("%s imports %s, which isn't below it", name, below)
			}
		}
		for _, imp := range slices.Concat(p.TestImports, p.XTestImports) {
			below, ours := room(imp)
			if ours && below != name && !slices.Contains(allowed, below) && !slices.Contains(floors.Tests[name], below) {
				t.Errorf("tests of %s import %s, which floors.Tests doesn't allow", name, below)
			}
		}
	}
	for name := range floors.Rooms {
		require.True(t, seen[name], "floors.Rooms names %s, which doesn't exist", name)
	}
}

func TestNobodyImportsTheRoof(t *testing.T) {
	for name, below := range floors.Rooms {
		require.NotContains(t, below, "cmd/metalog", "in the plan of %s", name)
	}
}

func TestBannedPackagesStayOut(t *testing.T) {
	for _, p := range list(t, "./...") {
		name, _ := room(p.ImportPath)
		for _, imp := range p.Imports {
			if reason, banned := floors.Banned[name][imp]; banned {
				t.Errorf("%s imports %s: %s", name, imp, reason)
			}
		}
	}
}

// TestAuthorsCarryNoEngine: whoever writes a backend against sdk and sdk/plugin
// compiles no engine of ours.
func TestAuthorsCarryNoEngine(t *testing.T) {
	engines := []string{"hashicorp/raft", "lni/dragonboat", "cockroachdb/pebble", "go.etcd.io/bbolt"}
	for _, p := range list(t, "-deps", "./sdk", "./sdk/plugin", "./sdk/inmem") {
		for _, engine := range engines {
			require.NotContains(t, p.ImportPath, engine, "reached from sdk or sdk/plugin")
		}
	}
}
