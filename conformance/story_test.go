package conformance_test

import (
	"context"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/conformance"
	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/inmem"
)

var rewrite = flag.Bool("rewrite", false, "write what a bare state answers into conformance/scripts")

// hostTarget is a host over the backend in memory.
func hostTarget(t *testing.T) conformance.StoryTarget {
	t.Helper()
	return conformance.HostTarget(t, host.Config{
		ClusterID: "stories", NodeID: "n1",
		Backend: func(context.Context) (sdk.Backend, error) { return inmem.New(), nil },
	})
}

func TestStories(t *testing.T) {
	if *rewrite {
		rewriteAll(t, "scripts", conformance.Stories())
		return
	}
	conformance.CompareStories(t, conformance.Stories(), "host", hostTarget)
}

func TestLongStories(t *testing.T) {
	if *rewrite {
		rewriteAll(t, "scripts/long", conformance.LongStories())
		return
	}
	if testing.Short() {
		t.Skip("65,536 writes a story")
	}
	conformance.CompareStories(t, conformance.LongStories(), "host", hostTarget)
}

func rewriteAll(t *testing.T, dir string, scripts fs.FS) {
	t.Helper()
	for name, text := range conformance.RewriteStories(t, scripts, conformance.BareTarget) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
}

// What -rewrite writes is what is there, down to the empty lines.
func TestRewritingChangesNothing(t *testing.T) {
	if *rewrite {
		t.Skip("the scripts in this binary are those of before")
	}
	for name, text := range conformance.RewriteStories(t, conformance.Stories(), conformance.BareTarget) {
		was, err := fs.ReadFile(conformance.Stories(), name)
		require.NoError(t, err)
		require.Equal(t, string(was), text, name)
	}
}

// untold are codes that no story gets to, with who tests them instead.
var untold = map[string]map[metadata.Code]string{
	"AllocateProducerIDs": {metadata.CodeUnknownServerError: "9 quintillion ids later; metadata's tests start there"},
	"InitProducer":        {metadata.CodeUnknownServerError: "likewise"},
	"CreateTopic":         {metadata.CodeUnsupportedVersion: "there is no second feature level yet"},
}

// Every code of every row has a story: an answer that nobody has seen is one
// that nobody has judged.
func TestEveryCodeHasAStory(t *testing.T) {
	met := conformance.StoryCoverage(t, conformance.Stories(), conformance.BareTarget)
	long := conformance.StoryCoverage(t, conformance.LongStories(), conformance.BareTarget)
	for _, o := range metadata.Operations() {
		for _, code := range o.Codes {
			if untold[o.Name][code] == "" {
				assert.NotZero(t, met.Codes[o.Name][code]+long.Codes[o.Name][code], "no story in which %s answers %s (%d)", o.Name, code, code)
			}
		}
		for _, code := range o.Items {
			assert.NotZero(t, met.Items[o.Name][code], "no story in which an item of %s has %s (%d)", o.Name, code, code)
		}
	}
	for _, code := range metadata.WriteCodes() {
		if untold["CreateTopic"][code] == "" {
			assert.NotZero(t, met.Codes["CreateTopic"][code]+long.Codes["CreateTopic"][code], "no story of a write that answers %s (%d)", code, code)
		}
	}
}

// TestStoryTable logs how much is told of what.
func TestStoryTable(t *testing.T) {
	met := conformance.StoryCoverage(t, conformance.Stories(), conformance.BareTarget)
	var table strings.Builder
	fmt.Fprintf(&table, "%-26s %8s %9s %6s %6s\n", "operation", "stories", "commands", "codes", "items")
	for _, o := range metadata.Operations() {
		fmt.Fprintf(&table, "%-26s %8d %9d %6d %6d\n", o.Name, met.Stories[o.Name], met.Codes.Sum(o.Name), len(met.Codes[o.Name]), len(met.Items[o.Name]))
	}
	t.Log("\n" + table.String())
}
