package boltlog_test

import (
	"encoding/binary"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/boltlog"
	"github.com/chronik-stream/metalog/sdk"
)

// rootOf is where the root page of the file begins.
func rootOf(whole []byte) int {
	const root, txid, size = 16 + 16, 16 + 48, 16 + 8
	pageSize := int(binary.NativeEndian.Uint32(whole[size:]))
	first, second := whole, whole[pageSize:]
	if binary.NativeEndian.Uint64(second[txid:]) > binary.NativeEndian.Uint64(first[txid:]) {
		first = second
	}
	return pageSize * int(binary.NativeEndian.Uint64(first[root:]))
}

// A bit in every byte of the root page, in which the small buckets live, is
// flipped.
func TestDamagedRootPage(t *testing.T) {
	l := newLog(t)
	appendTo(t, l, 3)
	require.NoError(t, l.Set([]byte("term"), []byte("7")))
	require.NoError(t, l.Close())
	whole, err := os.ReadFile(l.Path())
	require.NoError(t, err)
	root := rootOf(whole)
	whole = whole[:1<<16] // all that was written
	led := 0
	for at := root; at < root+320; at++ {
		damaged := slices.Clone(whole)
		damaged[at] ^= 1 << (at % 8)
		require.NoError(t, os.Remove(l.Path())) // bbolt may still have the last one mapped
		require.NoError(t, os.WriteFile(l.Path(), damaged, 0o600))
		got, err := boltlog.Inspect(l.Path(), boltlog.EntriesAndValues, nil)
		if err == nil {
			require.Equal(t, uint64(3), got.Last(), "byte %d", at-root)
			term, _ := value(t, got, "term")
			require.Equal(t, "7", term, "byte %d", at-root)
			require.NoError(t, got.Close())
			continue
		}
		require.ErrorIs(t, err, sdk.ErrCorrupt, "byte %d", at-root)
		if strings.Contains(err.Error(), "the root page: ") {
			led++
		}
	}
	require.Greater(t, led, 20, "found before bbolt follows it")
}
