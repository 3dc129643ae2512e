package builtin_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
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

var (
	sequences    = flag.Uint64("sequences", 2, "how many random sequences are done on a disk; make soak does more")
	sequenceSeed = flag.Uint64("sequence-seed", 0, "of the only sequence that is done; 0: of several")
)

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

// Local keeps all it claims.
func TestLocal(t *testing.T) { conformant(t, "local") }

// Hashiraft keeps all it claims, on one node and on several, killed and cut off.
func TestHashiraft(t *testing.T) { conformant(t, "hashiraft") }

// Dragonboat keeps all it claims, likewise.
func TestDragonboat(t *testing.T) { conformant(t, "dragonboat") }

func conformant(t *testing.T, name string) {
	t.Helper()
	if testing.Short() {
		t.Skip("not shown: that " + name + " is conformant (processes and disks for every case)")
	}
	rep := conformance.TestWith(t, binary(t, name), conformance.Options{Seed: 1, Skip: underRace()})
	require.Equal(t, len(underRace()), rep.Count(report.Skip), "a claim with a skip isn't conformant")
}

func TestLocalInProcess(t *testing.T) {
	if testing.Short() {
		t.Skip("not shown: that local is conformant (a disk for every case)")
	}
	conformance.TestWith(t, localInProcess(), conformance.Options{Seed: 1, Skip: underRace()})
}

// TestSequences does random sequences on all backends at once: local in this
// process and in one of its own, and three nodes each in memory, of hashiraft and of
// dragonboat. One seed is always the same, the others are new in each run.
func TestSequences(t *testing.T) {
	if testing.Short() {
		t.Skip("not shown: that every backend does as the model and the others do (processes and disks for every sequence)")
	}
	kept, err := os.MkdirTemp("", "metalog-sequences") //nolint:usetesting // what fails is looked at afterwards
	require.NoError(t, err)
	contenders := []conformance.Contender{
		{Target: localInProcess()},
		{Target: binary(t, "local")},
		{Target: conformance.InMem(), Nodes: 3},
		{Target: binary(t, "hashiraft"), Nodes: 3},
		{Target: binary(t, "dragonboat"), Nodes: 3},
	}
	seeds := []uint64{fixedSeed}
	for len(seeds) < int(*sequences) {
		seeds = append(seeds, rand.Uint64()>>1)
	}
	if *sequenceSeed != 0 {
		seeds = []uint64{*sequenceSeed}
	}
	for _, seed := range seeds {
		t.Logf("seed %d", seed)
		dir := filepath.Join(kept, fmt.Sprint(seed))
		require.NoError(t, os.Mkdir(dir, 0o700))
		require.NoErrorf(t, conformance.Differential(t.Context(), dir, seed, 200, contenders...),
			"again: go test ./builtin -run TestSequences -sequence-seed %d", seed)
	}
	require.NoError(t, os.RemoveAll(kept))
}

// fixedSeed is of the sequence that every run does.
const fixedSeed = 100
