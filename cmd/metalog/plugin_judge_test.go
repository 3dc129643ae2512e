package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/conformance/report"
)

// A run that is interrupted says so, and leaves no process and no file.
func TestPluginTestIsInterrupted(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	ctx, interrupt := context.WithCancel(t.Context())
	stderr := &trigger{text: `"case":"ORD-001"`, pull: interrupt}
	var stdout bytes.Buffer
	code := run(ctx, []string{"plugin", "test", "local", "--run", "ORD", "--progress", "json"}, &bytes.Buffer{}, &stdout, stderr)
	require.Equal(t, exitError, code)
	require.Contains(t, stderr.String(), "error: given up after 1 of ")
	require.Empty(t, stdout.String())
	left, err := filepath.Glob(filepath.Join(temp, "*", "*"))
	require.NoError(t, err)
	require.Empty(t, left, "each process of a plugin has a directory as long as it lives")
	left, err = filepath.Glob(filepath.Join(temp, "metalog-conformance-*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

// trigger is a stderr that does something when it is told a text.
type trigger struct {
	text string
	pull func()

	mu  sync.Mutex
	buf bytes.Buffer
}

func (tr *trigger) Write(p []byte) (int, error) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if strings.Contains(string(p), tr.text) {
		tr.pull()
	}
	return tr.buf.Write(p)
}

func (tr *trigger) String() string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return tr.buf.String()
}

func TestPluginTestWritesReports(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "reports")
	code, stdout, stderr := runHere(t, "plugin", "test", "local", "--run", "ORD-001", "--report", dir, "-o", "json", "--progress", "none")
	require.Equal(t, exitOK, code, stderr)
	printed, err := report.Read(strings.NewReader(stdout))
	require.NoError(t, err)
	require.Equal(t, 1, printed.Count(report.Pass))
	require.NotEmpty(t, printed.Plugin.SHA256)

	file, err := os.Open(filepath.Join(dir, report.JSONFile))
	require.NoError(t, err)
	defer file.Close()
	written, err := report.Read(file)
	require.NoError(t, err)
	require.Equal(t, printed, written)
	kept, err := filepath.Glob(filepath.Join(dir, "data-*"))
	require.NoError(t, err)
	require.Empty(t, kept, "nothing failed")
}

func TestVerdictOf(t *testing.T) {
	of := func(states ...report.State) *report.Report {
		rep := &report.Report{}
		for _, s := range states {
			rep.Results = append(rep.Results, report.Result{State: s})
		}
		return rep
	}
	for _, test := range []struct {
		rep     *report.Report
		judging error
		want    int
	}{
		{of(report.Pass, report.Skip, report.Unsupported), nil, exitOK},
		{of(report.Pass, report.Fail, report.Error), nil, exitNonconformant},
		{of(report.Pass, report.Error), nil, exitError},
		{of(report.Skip), context.Canceled, exitError},
	} {
		c := &cli{err: &bytes.Buffer{}}
		require.Equal(t, test.want, c.report(verdictOf(test.rep, test.judging)), "%v", test.rep)
	}
}

func TestPluginIn(t *testing.T) {
	dir := t.TempDir()
	for name, mode := range map[string]os.FileMode{"metalog-backend-acme": 0o755, "acme": 0o755, "other": 0o755, "text": 0o644, "local": 0o755} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, mode))
	}
	for name, want := range map[string]string{
		"acme":                        filepath.Join(dir, "metalog-backend-acme"),
		"other":                       filepath.Join(dir, "other"),
		filepath.Join(dir, "acme"):    filepath.Join(dir, "acme"),
		filepath.Join(dir, "text"):    filepath.Join(dir, "text"), // starting it says what is wrong
		filepath.Join(dir, "nowhere"): "",
		"text":                        "",
		"nobody":                      "",
	} {
		p, err := pluginIn(dir, name)
		if want == "" {
			require.Error(t, err, name)
			continue
		}
		require.NoError(t, err, name)
		require.Equal(t, want, p.Path)
	}
	p, err := pluginIn(dir, "local")
	require.NoError(t, err)
	require.Equal(t, "local", p.Name, "what is built in comes first")
}

func TestRepeatIsWhatAShellTakes(t *testing.T) {
	f := &judgeFlags{dir: "my plugins", options: "o.json"}
	require.Equal(t, `metalog plugin test './it'\''s' --run %s --seed %d --plugin-dir 'my plugins' --options o.json`, f.repeat("./it's"))
}
