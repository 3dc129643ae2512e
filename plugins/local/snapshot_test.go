package local_test

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"github.com/chronik-stream/metalog/plugins/local"
	"github.com/chronik-stream/metalog/sdk"
)

// What was written once must be readable for ever: data format 1.
const (
	goldenState    = `{"Applied":2,"Data":["a","b"]}`
	goldenTrailer  = "4d4c534e41503031" + "0000000000000002" + "000000000000001e" + "c5790afa"
	goldenEntry    = "fd94a0ac" + "63"
	goldenSnapshot = "snapshot-00000000000000000002"
)

func TestFormat(t *testing.T) {
	dir := t.TempDir()
	b := open(t, config(dir, sdk.StartNew), newMachine())
	propose(t, b, "a", "b")
	require.NoError(t, b.Compact(t.Context()))
	propose(t, b, "c")
	shut(t, b)

	trailer, err := hex.DecodeString(goldenTrailer)
	require.NoError(t, err)
	content, err := os.ReadFile(filepath.Join(dir, goldenSnapshot))
	require.NoError(t, err)
	require.Equal(t, goldenState+string(trailer), string(content), "got %x", content[len(goldenState):])

	db, err := bbolt.Open(filepath.Join(dir, "log.db"), 0, &bbolt.Options{ReadOnly: true})
	require.NoError(t, err)
	defer db.Close()
	require.NoError(t, db.View(func(tx *bbolt.Tx) error {
		entries, compacted := tx.Bucket([]byte("entries")), tx.Bucket([]byte("compacted"))
		require.EqualValues(t, 3, entries.Sequence())
		require.EqualValues(t, 2, compacted.Sequence())
		k, v := entries.Cursor().First()
		require.Equal(t, keyAt(3), k)
		require.Equal(t, goldenEntry, hex.EncodeToString(v))
		return nil
	}))
}

// Whatever bytes stand in a snapshot: they are refused by name or they are the
// host's.
func FuzzSnapshotFile(f *testing.F) {
	trailer, err := hex.DecodeString(goldenTrailer)
	require.NoError(f, err)
	f.Add([]byte(goldenState + string(trailer)))
	f.Add([]byte{})
	f.Add(trailer)
	dir := f.TempDir()
	b := local.New()
	m := newMachine()
	require.NoError(f, b.Open(f.Context(), config(dir, sdk.StartNew), m))
	require.NoError(f, b.Propose(f.Context(), []byte("a")))
	require.NoError(f, b.Propose(f.Context(), []byte("b")))
	require.NoError(f, b.(sdk.Compacter).Compact(f.Context()))
	require.NoError(f, b.Close(f.Context()))
	f.Fuzz(func(t *testing.T, content []byte) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, goldenSnapshot), content, 0o600))
		m := newMachine()
		err := local.New().(sdk.Inspector).Inspect(t.Context(), sdk.Config{DataDir: dir}, m)
		if err != nil {
			require.ErrorIs(t, err, sdk.ErrCorrupt)
			require.Zero(t, m.restored)
			return
		}
		require.EqualValues(t, 2, m.applied)
		require.Equal(t, []string{"a", "b"}, m.data)
	})
}

func FuzzOptions(f *testing.F) {
	for _, o := range []string{``, `{}`, `{"compact_bytes": 5000}`, `{"x": 1}`, `[`} {
		f.Add([]byte(o))
	}
	f.Fuzz(func(t *testing.T, options []byte) {
		err := local.New().(sdk.ConfigValidator).ValidateConfig(options)
		if err != nil {
			var e *sdk.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, sdk.ReasonInvalidConfig, e.Reason)
			require.NotEmpty(t, e.Message)
		}
	})
}
