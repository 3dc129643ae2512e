package host

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRingKeepsTheLast(t *testing.T) {
	r := newRing[string](3)
	_, ok := r.get(0)
	require.False(t, ok)
	r.add(0, "genesis")
	_, ok = r.get(0)
	require.True(t, ok)
	for _, key := range []uint64{2, 3, 5, 8, 13} {
		r.add(key, "v")
	}
	require.EqualValues(t, 3, r.base)
	for key, want := range map[uint64]bool{0: false, 2: false, 3: false, 4: false, 5: true, 6: false, 8: true, 13: true, 14: false} {
		_, ok := r.get(key)
		require.Equalf(t, want, ok, "key %d", key)
	}
	for after, want := range map[uint64]uint64{0: 5, 5: 8, 7: 8, 8: 13, 13: 0} {
		next, _ := r.next(after)
		require.Equalf(t, want, next, "after %d", after)
	}
	r.reset(20)
	require.EqualValues(t, 20, r.base)
	_, ok = r.next(0)
	require.False(t, ok)
	r.add(21, "w")
	got, ok := r.get(21)
	require.True(t, ok)
	require.Equal(t, "w", got)
}
