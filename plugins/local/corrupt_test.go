package local_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"github.com/chronik-stream/metalog/plugins/local"
	"github.com/chronik-stream/metalog/sdk"
)

// refused opens and inspects dir, both of which must fail, leave everything as
// it is and deliver nothing.
func refused(t *testing.T, dir string) *sdk.Error {
	t.Helper()
	before := contents(t, dir)
	m := newMachine()
	b := local.New()
	err := b.Open(t.Context(), config(dir, sdk.StartRestart), m)
	require.ErrorIs(t, err, sdk.ErrCorrupt)
	require.True(t, sdk.Terminal(err))
	require.ErrorIs(t, local.New().(sdk.Inspector).Inspect(t.Context(), config(dir, 0), m), sdk.ErrCorrupt)
	require.Empty(t, m.raw)
	require.Zero(t, m.restored)
	require.Equal(t, before, contents(t, dir))
	shut(t, b)
	var e *sdk.Error
	require.ErrorAs(t, err, &e)
	return e
}

// edit changes the log with bbolt itself, so that its own pages are sound.
func edit(t *testing.T, dir string, change func(entries, compacted *bbolt.Bucket) error) {
	t.Helper()
	db, err := bbolt.Open(filepath.Join(dir, "log.db"), 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bbolt.Tx) error {
		return change(tx.Bucket([]byte("entries")), tx.Bucket([]byte("compacted")))
	}))
	require.NoError(t, db.Close())
}

func keyAt(i uint64) []byte { return binary.BigEndian.AppendUint64(nil, i) }

func TestDamagedEntries(t *testing.T) {
	for name, c := range map[string]struct {
		change func(entries, compacted *bbolt.Bucket) error
		says   string
	}{
		"a byte changed": {func(e, _ *bbolt.Bucket) error {
			v := append([]byte(nil), e.Get(keyAt(5))...)
			v[20] ^= 1
			return e.Put(keyAt(5), v)
		}, "index 5: the checksum"},
		"swapped": {func(e, _ *bbolt.Bucket) error {
			a, b := append([]byte(nil), e.Get(keyAt(5))...), append([]byte(nil), e.Get(keyAt(6))...)
			return errors.Join(e.Put(keyAt(5), b), e.Put(keyAt(6), a))
		}, "index 5: the checksum"},
		"missing in the middle": {func(e, _ *bbolt.Bucket) error { return e.Delete(keyAt(5)) }, "index 5: the entry is missing, the next one is 6"},
		"missing at the start":  {func(e, _ *bbolt.Bucket) error { return e.Delete(keyAt(1)) }, "index 1: the entry is missing"},
		"missing at the end":    {func(e, _ *bbolt.Bucket) error { return e.Delete(keyAt(10)) }, "index 10: the entry is missing, the log should end at 10"},
		"too short":             {func(e, _ *bbolt.Bucket) error { return e.Put(keyAt(5), []byte("x")) }, "index 5: not an entry"},
		"a foreign key":         {func(e, _ *bbolt.Bucket) error { return e.Put([]byte("zz"), make([]byte, 9)) }, "index 11: not an entry"},
		"more than it says":     {func(e, _ *bbolt.Bucket) error { return e.SetSequence(7) }, "index 11"},
		"all gone, no snapshot": {func(e, c *bbolt.Bucket) error {
			for i := range uint64(10) {
				if err := e.Delete(keyAt(i + 1)); err != nil {
					return err
				}
			}
			return c.SetSequence(10)
		}, "the snapshot is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filled(t, 10)
			edit(t, dir, c.change)
			e := refused(t, dir)
			require.Contains(t, e.Message, c.says)
			require.Contains(t, e.Message, dir)
		})
	}
}

func TestNotALog(t *testing.T) {
	for name, content := range map[string][]byte{
		"empty":   {},
		"garbage": []byte("this is not a database"),
		"zeros":   make([]byte, 1<<20),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(dir, "log.db"), content, 0o600))
			require.Contains(t, refused(t, dir).Message, "log.db")
		})
	}
	t.Run("missing", func(t *testing.T) {
		require.Contains(t, refused(t, t.TempDir()).Message, "log.db is missing")
	})
	t.Run("another program's", func(t *testing.T) {
		dir := t.TempDir()
		db, err := bbolt.Open(filepath.Join(dir, "log.db"), 0o600, nil)
		require.NoError(t, err)
		require.NoError(t, db.Close())
		require.Contains(t, refused(t, dir).Message, "isn't a log of this backend")
	})
}

func TestLogCutShort(t *testing.T) {
	dir := filled(t, 300)
	path := filepath.Join(dir, "log.db")
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	used := lastUsed(whole)
	for _, size := range []int{used - 1, used / 2, 3 * 4096, 2*4096 + 1, 2 * 4096, 4096, 100, 1} {
		t.Run(strconv.Itoa(size), func(t *testing.T) {
			require.NoError(t, os.WriteFile(path, whole[:size], 0o600))
			require.Contains(t, refused(t, dir).Message, "log.db")
		})
	}
}

// lastUsed is the end of the last byte that isn't zero.
func lastUsed(b []byte) int {
	for i := len(b) - 1; i >= 0; i-- {
		if b[i] != 0 {
			return i + 1
		}
	}
	return 0
}

// A damaged byte anywhere is either noticed or harmless: everything comes
// back, or nothing does.
func TestFlippedBits(t *testing.T) {
	if raceDetector() {
		t.Skip("with -race comes checkptr, which ends the process where bbolt follows a damaged pointer")
	}
	const entries, tries = 120, 300
	dir := filled(t, entries)
	want := inspect(t, dir).data
	path := filepath.Join(dir, "log.db")
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	whole = whole[:(lastUsed(whole)+4095)/4096*4096]
	used := len(whole)
	seed := rand.Uint64()
	rng := rand.New(rand.NewPCG(seed, 0))
	noticed := 0
	for range tries {
		at, bit := rng.IntN(used), byte(1)<<rng.IntN(8)
		whole[at] ^= bit
		require.NoError(t, os.Remove(path)) // bbolt may still have the last one mapped
		require.NoError(t, os.WriteFile(path, whole, 0o600))
		whole[at] ^= bit
		m := newMachine()
		b := local.New()
		err := b.Open(t.Context(), config(dir, sdk.StartRestart), m)
		if err != nil {
			require.ErrorIs(t, err, sdk.ErrCorrupt, "seed %d, byte %d, bit %d", seed, at, bit)
			require.Empty(t, m.raw)
			noticed++
			continue
		}
		m.waitApplied(t, entries)
		require.Equal(t, want, m.data, "seed %d, byte %d, bit %d", seed, at, bit)
		shut(t, b)
	}
	require.Positive(t, noticed)
}

func raceDetector() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

func compacted(t *testing.T) (dir, snapshot string) {
	t.Helper()
	dir = filled(t, 10)
	m := newMachine()
	b := open(t, config(dir, sdk.StartRestart), m)
	require.NoError(t, b.Compact(t.Context()))
	propose(t, b, "after")
	shut(t, b)
	return dir, filepath.Join(dir, fmt.Sprintf("snapshot-%020d", 10))
}

func TestDamagedSnapshots(t *testing.T) {
	dir, path := compacted(t)
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	for name, change := range map[string]func() []byte{
		"empty":             func() []byte { return nil },
		"shorter than all":  func() []byte { return whole[:10] },
		"torn":              func() []byte { return whole[:len(whole)/2] },
		"a byte missing":    func() []byte { return whole[:len(whole)-1] },
		"a byte too many":   func() []byte { return append(append([]byte(nil), whole...), 0) },
		"a byte of state":   func() []byte { return flip(whole, 3) },
		"a byte of trailer": func() []byte { return flip(whole, len(whole)-3) },
		"of another index": func() []byte {
			b := append([]byte(nil), whole[:len(whole)-4]...)
			binary.BigEndian.PutUint64(b[len(b)-16:], 9)
			return binary.BigEndian.AppendUint32(b, crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, os.WriteFile(path, change(), 0o600))
			e := refused(t, dir)
			require.Contains(t, e.Message, path)
			require.Contains(t, e.Message, "index 10")
		})
	}
	require.NoError(t, os.WriteFile(path, whole, 0o600))
	require.Len(t, inspect(t, dir).data, 11)
}

func flip(b []byte, at int) []byte {
	c := append([]byte(nil), b...)
	c[at] ^= 0x10
	return c
}

func TestLostSnapshot(t *testing.T) {
	dir, path := compacted(t)
	require.NoError(t, os.Rename(path, filepath.Join(dir, fmt.Sprintf("snapshot-%020d", 8))))
	require.Contains(t, refused(t, dir).Message, "a later snapshot is missing")
	require.NoError(t, os.Remove(filepath.Join(dir, fmt.Sprintf("snapshot-%020d", 8))))
	require.Contains(t, refused(t, dir).Message, "the snapshot is missing")
}

func TestLogOlderThanItsSnapshot(t *testing.T) {
	dir := filled(t, 5)
	log, err := os.ReadFile(filepath.Join(dir, "log.db"))
	require.NoError(t, err)
	b := open(t, config(dir, sdk.StartRestart), newMachine())
	propose(t, b, "six")
	require.NoError(t, b.Compact(t.Context()))
	shut(t, b)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "log.db"), log, 0o600))
	require.Contains(t, refused(t, dir).Message, "it ends there, before the snapshot 6")
}
