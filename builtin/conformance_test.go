package builtin_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/builtin"
	"github.com/chronik-stream/metalog/conformance"
)

// TestLocal judges local as a host runs it: a process for each session.
func TestLocal(t *testing.T) {
	if testing.Short() {
		t.Skip("not shown: that local is conformant (a process and a disk for every case)")
	}
	t.Setenv("TMPDIR", runDir(t))
	p, ok := builtin.Plugin("local")
	require.True(t, ok)
	p.Env = []string{"GORACE=atexit_sleep_ms=0"} // else each process takes a second to end, under -race
	conformance.Test(t, conformance.Binary(p, nil))
}
