package conformance_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/conformance"
	"github.com/chronik-stream/metalog/conformance/report"
	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/inmem"
	"github.com/chronik-stream/metalog/sdk/plugin"
)

// single is inmem as its author would serve it: one node.
func single() plugin.Spec {
	info := inmem.New().(interface{ Info() sdk.Info }).Info()
	return plugin.Spec{Name: info.Name, Version: info.Version, DataFormat: info.DataFormat, Claims: info.Claims, New: inmem.New}
}

func TestInMem(t *testing.T) { conformance.Test(t, conformance.InMem()) }

// What needs a process can't be shown here, and the report says so.
func TestInMemAlone(t *testing.T) {
	rep := conformance.TestWith(t, conformance.InProcess(single()), conformance.Options{Seed: 1})
	require.NotZero(t, rep.Count(report.Skip))
	require.False(t, rep.Profiles[0].Conformant)
}

// The same cluster with the wall in between: one goroutine tells the other what a
// process would tell another.
func TestInMemBehindTheWall(t *testing.T) { conformance.Test(t, trial.Walled(conformance.InMem())) }

// TestInMemBinary judges inmem as a host runs it: a process for each session.
func TestInMemBinary(t *testing.T) {
	if testing.Short() {
		t.Skip("not shown: that inmem as a binary is conformant (a process for every case)")
	}
	conformance.Test(t, child(t, "inmem"))
}
