package builtin_test

import (
	"flag"
	"runtime/debug"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/builtin"
	"github.com/chronik-stream/metalog/conformance"
	"github.com/chronik-stream/metalog/conformance/report"
	"github.com/chronik-stream/metalog/plugins/local"
	"github.com/chronik-stream/metalog/sdk/plugin"
)

var sequences = flag.Uint64("sequences", 2, "how many random sequences are done on a disk; make soak does more")

// binary is a backend as a host runs it: a process for each session.
func binary(t *testing.T, name string) conformance.Target {
	t.Helper()
	t.Setenv("TMPDIR", runDir(t))
	p, ok := builtin.Plugin(name)
	require.True(t, ok)
	p.Env = []string{"GORACE=atexit_sleep_ms=0"} // else each process takes a second to end, under -race
	return conformance.Binary(p, nil)
}

// localInProcess is local where the race detector sees it.
func localInProcess() conformance.Target {
	return conformance.InProcess(plugin.Spec{
		Name: local.Name, Version: local.Version, DataFormat: local.DataFormat, Claims: local.Claims(), New: local.New,
	})
}

// underRace leaves out what can't be shown with the race detector: with it come
// pointer checks, which end the process where bbolt follows a damaged pointer. make
// test plays it once more without.
func underRace() (skip []string) {
	info, ok := debug.ReadBuildInfo()
	if ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		return []string{"DMG-005"}
	}
	return nil
}

// Local keeps all it claims, and nothing of that is left out.
func TestLocal(t *testing.T) {
	if testing.Short() {
		t.Skip("not shown: that local is conformant (a process and a disk for every case)")
	}
	rep := conformance.TestWith(t, binary(t, "local"), conformance.Options{Seed: 1, Skip: underRace()})
	require.Equal(t, len(underRace()), rep.Count(report.Skip), "a claim with a skip isn't conformant")
}

func TestLocalInProcess(t *testing.T) {
	if testing.Short() {
		t.Skip("not shown: that local is conformant (a disk for every case)")
	}
	conformance.TestWith(t, localInProcess(), conformance.Options{Seed: 1, Skip: underRace()})
}

// Hashiraft keeps all it claims, on one node and on several, killed and cut off.
func TestHashiraft(t *testing.T) { replicates(t, "hashiraft") }

// Dragonboat keeps all it claims, likewise.
func TestDragonboat(t *testing.T) { replicates(t, "dragonboat") }

func replicates(t *testing.T, name string) {
	t.Helper()
	if testing.Short() {
		t.Skip("not shown: that " + name + " is conformant (processes, disks and elections for every case)")
	}
	rep := conformance.TestWith(t, binary(t, name), conformance.Options{Seed: 1})
	require.Zero(t, rep.Count(report.Skip), "a claim with a skip isn't conformant")
}

// TestSequences does random sequences on all backends at once: local in this
// process and in one of its own, three nodes in memory, and three of hashiraft.
func TestSequences(t *testing.T) {
	if testing.Short() {
		t.Skip("not shown: that local does as the model and the others do (a process and a disk for every sequence)")
	}
	contenders := []conformance.Contender{{Target: localInProcess()}, {Target: binary(t, "local")}, {Target: conformance.InMem(), Nodes: 3}, {Target: binary(t, "hashiraft"), Nodes: 3}}
	for seed := range *sequences {
		require.NoErrorf(t, conformance.Differential(t.Context(), t.TempDir(), 100+seed, 200, contenders...), "seed %d", 100+seed)
	}
}
