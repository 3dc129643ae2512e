package boltlog_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"github.com/chronik-stream/metalog/internal/boltlog"
	"github.com/chronik-stream/metalog/sdk"
)

func value(t *testing.T, l *boltlog.Log, key string) (string, bool) {
	t.Helper()
	v, found, err := l.Value([]byte(key))
	require.NoError(t, err)
	return string(v), found
}

func TestValues(t *testing.T) {
	l := newLog(t)
	_, found := value(t, l, "term")
	require.False(t, found)
	for range 2 {
		for key, v := range map[string]string{"term": "7", "vote": "n1", "empty": ""} {
			require.NoError(t, l.Set([]byte(key), []byte("before")))
			require.NoError(t, l.Set([]byte(key), []byte(v)))
		}
		appendTo(t, l, 5)
		require.NoError(t, l.Restart(1))
		l = holds(t, l, 1, 0)
		for key, want := range map[string]string{"term": "7", "vote": "n1", "empty": ""} {
			got, found := value(t, l, key)
			require.True(t, found, key)
			require.Equal(t, want, got)
		}
	}
	require.NoError(t, l.Close())
}

func TestDamagedValues(t *testing.T) {
	term := []byte("term")
	for name, c := range map[string]struct {
		change func(values *bbolt.Bucket) error
		says   string
	}{
		"missing": {func(v *bbolt.Bucket) error { return v.Delete(term) }, "a value is missing"},
		"changed": {func(v *bbolt.Bucket) error { return v.Put(term, []byte("....8")) }, `the checksum of the value "term" is wrong`},
		"swapped": {func(v *bbolt.Bucket) error { return v.Put(term, append([]byte(nil), v.Get([]byte("vote"))...)) }, `the checksum of the value "term" is wrong`},
		"short":   {func(v *bbolt.Bucket) error { return v.Put(term, []byte("8")) }, `the checksum of the value "term" is wrong`},
		"added":   {func(v *bbolt.Bucket) error { return v.Put([]byte("x"), []byte("x")) }, `the checksum of the value "x" is wrong`},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLog(t)
			require.NoError(t, l.Set(term, []byte("7")))
			require.NoError(t, l.Set([]byte("vote"), []byte("n1")))
			require.NoError(t, l.Close())
			edit(t, l.Path(), c.change)
			_, err := boltlog.Inspect(l.Path(), boltlog.EntriesAndValues, nil)
			require.ErrorIs(t, err, sdk.ErrCorrupt)
			require.ErrorContains(t, err, c.says)
		})
	}
}

// An older value under its own good checksum isn't what was stored last.
func TestAnOlderValue(t *testing.T) {
	l := newLog(t)
	require.NoError(t, l.Set([]byte("term"), []byte("6")))
	require.NoError(t, l.Close())
	var older []byte
	edit(t, l.Path(), func(v *bbolt.Bucket) error {
		older = append(older, v.Get([]byte("term"))...)
		return nil
	})
	l = openLog(t, l.Path())
	require.NoError(t, l.Set([]byte("term"), []byte("7")))
	require.NoError(t, l.Close())
	edit(t, l.Path(), func(v *bbolt.Bucket) error { return v.Put([]byte("term"), older) })
	_, err := boltlog.Inspect(l.Path(), boltlog.EntriesAndValues, nil)
	require.ErrorContains(t, err, "an older one than was stored last")
}

func edit(t *testing.T, path string, change func(values *bbolt.Bucket) error) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bbolt.Tx) error { return change(tx.Bucket([]byte("values"))) }))
	require.NoError(t, db.Close())
}

func TestAnotherLayout(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.db")
	for made, asked := range map[boltlog.Layout]boltlog.Layout{
		boltlog.Entries: boltlog.EntriesAndValues, boltlog.EntriesAndValues: boltlog.Entries,
	} {
		require.NoError(t, boltlog.Ensure(path, made))
		_, err := boltlog.Inspect(path, asked, nil)
		require.ErrorIs(t, err, sdk.ErrCorrupt)
		require.NoError(t, os.Remove(path))
	}
}
