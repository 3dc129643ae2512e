package report_test

import (
	"bytes"
	"encoding/xml"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/conformance/report"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files")

// sample has every state, and texts that each form has to quote.
func sample() *report.Report {
	result := func(id, profile string, s report.State, reason string) report.Result {
		family, _, _ := strings.Cut(id, "-")
		return report.Result{
			ID: id, Family: family, Title: "what " + id + " does", Promise: "What " + id + " promises.", Rule: "R1",
			Profile: profile, State: s, Reason: reason, Seconds: 0.25,
		}
	}
	failed := result("ORD-002", "core", report.Fail, "entry 7 is \"b\", and <next> was \"a\" | ]]>\nsecond line & more")
	failed.Repeat = "metalog plugin test ./acme --run ORD-002 --seed 7"
	failed.Kept = "/tmp/metalog-conformance-1/ORD-002"
	failed.Log = []string{"level=INFO msg=opened", "a bell \a and a colour \x1b[31m", "not UTF-8: \xff"}
	broken := result("DUR-001", "durable", report.Error, "no space left on device")
	broken.Repeat = "metalog plugin test ./acme --run DUR-001 --seed 7"
	return &report.Report{
		SuiteVersion: "1.0.0", Target: "acme", Seed: 7, Began: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Seconds: 1.5,
		Plugin: report.Plugin{Name: "acme", Version: "0.1.0", DataFormat: 1, SHA256: "00ff", Claims: []string{"durable", "snapshots", "compact"}},
		Profiles: []report.Profile{
			{Name: "core", Claimed: true, Counts: map[report.State]int{report.Pass: 1, report.Fail: 1}},
			{Name: "durable", Claimed: true, Counts: map[report.State]int{report.Error: 1}},
			{Name: "snapshots", Claimed: true, Counts: map[report.State]int{report.Skip: 1}},
			{Name: "linearizable", Claimed: true, Conformant: true, Counts: map[report.State]int{report.Pass: 1}},
			{Name: "replicated", Counts: map[report.State]int{report.Unsupported: 2}},
			{Name: "membership", Claimed: true, Counts: map[report.State]int{}},
		},
		Results: []report.Result{
			result("ORD-001", "core", report.Pass, ""),
			failed,
			broken,
			result("SNP-001", "snapshots", report.Skip, "it was asked to be left out"),
			result("LIN-001", "linearizable", report.Pass, ""),
			result("REP-001", "replicated", report.Unsupported, "profile replicated isn't claimed"),
			result("REP-002", "replicated", report.Unsupported, "profile replicated isn't claimed"),
		},
	}
}

func TestGoldenForms(t *testing.T) {
	r := sample()
	for name, write := range map[string]func(io.Writer) error{
		"report.json": r.WriteJSON, "report.md": r.WriteMarkdown, "junit.xml": r.WriteJUnit, "report.txt": r.WriteText,
	} {
		t.Run(name, func(t *testing.T) {
			var got bytes.Buffer
			require.NoError(t, write(&got))
			path := filepath.Join("testdata", name)
			if *rewrite {
				require.NoError(t, os.WriteFile(path, got.Bytes(), 0o644))
			}
			want, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, string(want), got.String())
		})
	}
}

func TestJSONIsReadBack(t *testing.T) {
	r := sample()
	r.Results[1].Log = r.Results[1].Log[:2] // JSON has no place for what isn't UTF-8
	var buf bytes.Buffer
	require.NoError(t, r.WriteJSON(&buf))
	back, err := report.Read(&buf)
	require.NoError(t, err)
	require.Equal(t, r, back)

	_, err = report.Read(strings.NewReader("hello"))
	require.ErrorContains(t, err, "not a report")
}

// A CI counts elements, so they have to be there, in XML that can be read.
func TestJUnitHasRealElements(t *testing.T) {
	var buf bytes.Buffer
	require.NoError(t, sample().WriteJUnit(&buf))
	count := map[string]int{}
	for dec := xml.NewDecoder(&buf); ; {
		token, err := dec.Token()
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		if start, ok := token.(xml.StartElement); ok {
			count[start.Name.Local]++
		}
	}
	require.Equal(t, 7, count["testcase"])
	require.Equal(t, 5, count["testsuite"])
	require.Equal(t, 1, count["failure"])
	require.Equal(t, 1, count["error"])
	require.Equal(t, 3, count["skipped"])
}

func TestVerdictOfAPart(t *testing.T) {
	r := sample()
	r.Partial, r.Results = true, r.Results[:1]
	require.Equal(t, "not shown: only some cases were asked for", r.Verdict(report.Profile{Name: "core", Claimed: true}))
}

func TestWriteDir(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	require.NoError(t, sample().WriteDir(dir))
	require.NoError(t, sample().WriteDir(dir), "over what is there")
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	require.Equal(t, []string{
		filepath.Join(dir, report.JUnitFile), filepath.Join(dir, report.JSONFile), filepath.Join(dir, report.MarkdownFile),
	}, names, "and nothing half-written beside them")

	file := filepath.Join(dir, report.JSONFile)
	require.ErrorContains(t, sample().WriteDir(file), "directory of reports")
	require.NoError(t, os.Remove(filepath.Join(dir, report.JUnitFile)))
	require.NoError(t, os.Mkdir(filepath.Join(dir, report.JUnitFile), 0o755))
	require.ErrorContains(t, sample().WriteDir(dir), report.JUnitFile)
}
