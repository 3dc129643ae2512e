package local_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

// A process is killed under load again and again, snapshots and deletions
// under way. What it has acknowledged is there, once, in each writer's order.
func TestNothingAcknowledgedIsLostByAKill(t *testing.T) {
	const rounds, writers = 4, 16
	dir := t.TempDir()
	acknowledged := map[string]bool{}
	for round := range rounds {
		cmd, lines := spawn(t, dir, writers, round)
		for n := 0; lines.Scan(); n++ {
			data, ok := strings.CutPrefix(lines.Text(), "ok ")
			require.True(t, ok, lines.Text())
			acknowledged[data] = true
			if n == 3000+500*round {
				require.NoError(t, cmd.Process.Kill())
			}
		}
		_ = cmd.Wait()
	}
	m := newMachine()
	cfg := config(dir, sdk.StartRestart)
	b := open(t, cfg, m)
	m.waitApplied(t, m.status(false).StoredIndex)
	shut(t, b)
	seen := map[string]bool{}
	next := map[string]int{}
	for _, d := range m.data {
		require.False(t, seen[d], "%s is there twice", d)
		seen[d] = true
		var round, w, i int
		_, err := fmt.Sscanf(d, "%d/%d/%d", &round, &w, &i)
		require.NoError(t, err)
		writer := fmt.Sprint(round, w)
		require.Equal(t, next[writer], i, "order of writer %s", writer)
		next[writer]++
	}
	for d := range acknowledged {
		require.True(t, seen[d], "%s was acknowledged and is gone", d)
	}
	require.NotZero(t, m.restored, "no snapshot was taken: too little happened")
	require.Equal(t, m.data, inspect(t, dir).data)
}
