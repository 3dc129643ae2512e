package plugin_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/inmem"
	"github.com/chronik-stream/metalog/sdk/plugin"
)

func TestNodesBehindTheirWallsAgree(t *testing.T) {
	const each = 200
	claims := sdk.Claims{sdk.Replicated, sdk.Snapshots, sdk.CanReadBarrier, sdk.CanCompact}
	cluster := inmem.NewCluster()
	walls, machines := make([]*wall, 3), make([]*machine, 3)
	for i := range walls {
		node := fmt.Sprintf("n%d", i)
		walls[i], machines[i] = newWall(t, cluster.Backend(node), claims, plugin.ProxyConfig{WindowEntries: 16}), newMachine()
		require.NoError(t, walls[i].proxy.Open(t.Context(), sdk.Config{ClusterID: "c", NodeID: node}, machines[i]))
	}
	var writers errgroup.Group
	for i, w := range walls {
		writers.Go(func() error {
			for n := range each {
				if err := w.proxy.Propose(t.Context(), fmt.Appendf(nil, "%d-%d ", i, n)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	require.NoError(t, writers.Wait())
	for i, w := range walls {
		require.NoError(t, w.proxy.ReadBarrier(t.Context()))
		machines[i].mu.Lock()
		require.Equal(t, len(walls)*each, machines[i].count("apply"))
		machines[i].mu.Unlock()
	}
	for _, m := range machines[1:] {
		require.Equal(t, string(machines[0].state), string(m.state))
	}
}
