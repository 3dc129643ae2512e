package builtin_test

import (
	"testing"

	"github.com/chronik-stream/metalog/builtin"
	"github.com/chronik-stream/metalog/conformance"
	"github.com/chronik-stream/metalog/host"
)

// TestStories tells the same stories as conformance does to a host whose backend
// is a process of its own, and keeps them on disk.
func TestStories(t *testing.T) {
	if testing.Short() {
		t.Skip("not shown: the stories over local in a process of its own (a process and a disk for every script)")
	}
	t.Setenv("TMPDIR", runDir(t))
	conformance.CompareStories(t, conformance.Stories(), "local", func(t *testing.T) conformance.StoryTarget {
		t.Helper()
		return conformance.HostTarget(t, host.Config{
			ClusterID: "stories", NodeID: "n1", DataDir: t.TempDir(), Backend: builtin.Open("local"),
		})
	})
}
