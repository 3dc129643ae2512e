package main

import (
	"bytes"
	"encoding/json"
	gofmt "go/format"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/conformance"
	"github.com/chronik-stream/metalog/conformance/report"
	"github.com/chronik-stream/metalog/host/launch"
)

// What plugin new makes builds as it is, and each promise of core holds.
func TestPluginNewIsConformant(t *testing.T) {
	if testing.Short() {
		t.Skip("not shown: that a new plugin builds and is conformant (it is built in a module of its own)")
	}
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "acme")
	code, stdout, stderr := runHere(t, "plugin", "new", "acme", "--dir", dir, "--replace", root, "-o", "json")
	require.Equal(t, exitOK, code, stderr)
	require.Contains(t, stderr, "metalog plugin test ./metalog-backend-acme")
	var made newPluginView
	require.NoError(t, json.Unmarshal([]byte(stdout), &made))
	requireFiles(t, dir, made.Files)

	sums, err := os.ReadFile(filepath.Join(root, "go.sum")) // what go mod tidy would find
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.sum"), sums, 0o644))
	goIn(t, dir, "build")
	goIn(t, dir, "vet", "./...")

	target := conformance.Binary(launch.Plugin{Path: filepath.Join(dir, "metalog-backend-acme")}, nil)
	rep, err := conformance.Run(t.Context(), target, conformance.Options{Run: coreCases(), Seed: 1, Dir: filepath.Join(t.TempDir(), "data")})
	require.NoError(t, err)
	require.Empty(t, rep.Failures())
	require.Zero(t, rep.Count(report.Skip))
	require.Greater(t, rep.Count(report.Pass), len(rep.Results)/2)
}

// requireFiles wants these files, made from every template and all in gofmt's form.
func requireFiles(t *testing.T, dir string, files []string) {
	t.Helper()
	require.Subset(t, files, []string{
		"go.mod", "main.go", "backend.go", "backend_test.go", "Makefile", "README.md", ".gitignore", ".github/workflows/ci.yml",
	})
	for _, file := range files {
		content, err := os.ReadFile(filepath.Join(dir, file))
		require.NoError(t, err)
		require.NotContains(t, string(content), "[[", file)
		if filepath.Ext(file) == ".go" {
			formatted, err := gofmt.Source(content)
			require.NoError(t, err)
			require.Equal(t, string(formatted), string(content), file)
		}
		if file == "backend.go" {
			require.Less(t, bytes.Count(content, []byte("\n")), 121)
		}
	}
}

func coreCases() []string {
	var ids []string
	for _, c := range conformance.Cases() {
		if c.Profile == "core" {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// goIn runs the go command in a module of its own.
func goIn(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off", "GOTOOLCHAIN=local")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// The template asks for the Go that this module asks for.
func TestPluginNewAsksForOurGo(t *testing.T) {
	line := regexp.MustCompile(`(?m)^go .*$`)
	ours, err := os.ReadFile("../../go.mod")
	require.NoError(t, err)
	theirs, err := starterFiles.ReadFile("starter/go.mod.tmpl")
	require.NoError(t, err)
	require.Equal(t, line.FindString(string(ours)), line.FindString(string(theirs)))
}

func TestPluginNewRefuses(t *testing.T) {
	full, empty := t.TempDir(), t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(full, "work"), nil, 0o644))
	for name, test := range map[string]struct {
		args []string
		code int
		want string
	}{
		"a space":       {[]string{"my backend"}, exitUsage, "isn't a name"},
		"a path":        {[]string{"../acme"}, exitUsage, "isn't a name"},
		"a digit first": {[]string{"7up"}, exitUsage, "isn't a name"},
		"ours":          {[]string{"local"}, exitUsage, "built-in backend"},
		"a bad module":  {[]string{"acme", "--module", "a b"}, exitUsage, "--module"},
		"no checkout":   {[]string{"acme", "--replace", empty}, exitUsage, "--replace"},
		"work in it":    {[]string{"acme", "--dir", full}, exitConflict, "isn't empty. Choose another one with --dir"},
		"a file":        {[]string{"acme", "--dir", filepath.Join(full, "work")}, exitUsage, "not a directory"},
	} {
		t.Run(name, func(t *testing.T) {
			code, stdout, stderr := runHere(t, append([]string{"plugin", "new", "--dir", empty}, test.args...)...)
			require.Equal(t, test.code, code, stderr)
			require.Empty(t, stdout)
			require.Contains(t, stderr, test.want)
			left, err := os.ReadDir(empty)
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
}

func TestPluginNewSaysWhatVersionItNeeds(t *testing.T) {
	old := version
	t.Cleanup(func() { version = old })
	for built, want := range map[string]string{
		"v1.2.3": "v1.2.3", "v1.2.3-rc.1": "v1.2.3-rc.1", "v1.2.3-4-gabcdef0": "v0.0.0", "v1.2.3-dirty": "v0.0.0", "abcdef0": "v0.0.0",
	} {
		version = built
		dir := filepath.Join(t.TempDir(), "acme")
		code, _, stderr := runHere(t, "plugin", "new", "acme", "--dir", dir)
		require.Equal(t, exitOK, code, stderr)
		mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		require.NoError(t, err)
		require.Contains(t, string(mod), "\nrequire "+metalogModule+" "+want+"\n")
		require.Equal(t, want == "v0.0.0", strings.Contains(stderr, "go mod edit -replace"), built)
	}
}
