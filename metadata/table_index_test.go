package metadata_test

import (
	"maps"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/chronik-stream/metalog/metadata"
)

// weakHash makes texts collide in every way: entirely, in the low bits only, in
// the high bits only, hardly.
func weakHash(kind, n int) uint32 {
	switch kind {
	case 0:
		return 7
	case 1:
		return uint32(n) << 28
	case 2:
		return uint32(n % 5)
	default:
		return uint32(n) * 0x9e3779b1
	}
}

// Every version of an index goes on holding what it held.
func TestIndexAgainstAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type version struct {
			index metadata.Index
			want  map[int]bool
		}
		kind := rapid.IntRange(0, 3).Draw(t, "hash")
		now := version{want: map[int]bool{}}
		var versions []version
		for generation := range uint64(rapid.IntRange(1, 6).Draw(t, "generations")) {
			for range rapid.IntRange(0, 60).Draw(t, "changes") {
				n := rapid.IntRange(0, 99).Draw(t, "n")
				if rapid.IntRange(0, 3).Draw(t, "remove") == 0 {
					now.index.Remove(generation, weakHash(kind, n), strconv.Itoa(n))
					delete(now.want, n)
					continue
				}
				now.index.Put(generation, weakHash(kind, n), strconv.Itoa(n))
				now.want[n] = true
			}
			versions = append(versions, version{now.index, maps.Clone(now.want)})
		}
		for i, v := range versions {
			for n := range 100 {
				require.Equal(t, v.want[n], v.index.Has(weakHash(kind, n), strconv.Itoa(n)), "generation %d, %d", i, n)
			}
		}
	})
}

func TestIndexDropsWhatIsStale(t *testing.T) {
	var index metadata.Index
	index.Add(1, 7, "old", func(string) bool { return false })
	before := index
	index.Add(2, 7, "new", func(v string) bool { return v == "old" })
	require.False(t, index.Has(7, "old"))
	require.True(t, index.Has(7, "new"))
	require.True(t, before.Has(7, "old"))
	require.False(t, before.Has(7, "new"))
}
