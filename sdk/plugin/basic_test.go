package plugin_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/plugin"
)

func TestEntriesSnapshotsAndRestoresKeepTheirOrder(t *testing.T) {
	b, m := &echo{}, newMachine()
	w := newWall(t, b, nil, plugin.ProxyConfig{})
	w.open(t, m)
	ctx := t.Context()

	require.NoError(t, b.sm.Apply(ctx, sdk.Entry{Index: 1, Data: []byte("a")}, sdk.Entry{Index: 3, Data: []byte("b")}))
	snap, err := b.sm.Snapshot(ctx)
	require.NoError(t, err)
	require.NoError(t, b.sm.Apply(ctx, sdk.Entry{Index: 4, Data: []byte("c")}))
	var got bytes.Buffer
	n, err := snap.WriteTo(&got)
	require.NoError(t, err)
	require.Equal(t, int64(2), n)
	require.Equal(t, "ab", got.String())
	snap.Release()
	require.NoError(t, b.sm.Restore(ctx, bytes.NewReader(bytes.Repeat([]byte("x"), 3<<20))))
	require.NoError(t, b.sm.Apply(ctx, sdk.Entry{Index: 9}))
	require.NoError(t, m.until(ctx, func(m *machine) bool { return m.calls[len(m.calls)-1].index == 9 }))
	require.Len(t, m.state, 3<<20)
	b.index = 9
	require.NoError(t, w.proxy.Propose(ctx, []byte("d")))
	require.NoError(t, w.proxy.Close(ctx))
	require.NoError(t, w.proxy.Err())
}
