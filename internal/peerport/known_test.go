package peerport_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/peerport"
)

func met(directories map[string]string, forgotten uint64) *peerport.Known {
	met := peerport.Acquaintance{Directories: directories, Forgotten: forgotten}
	return peerport.NewKnown(met, func(peerport.Acquaintance) error { return nil })
}

// Only a committed configuration that is news forgets anybody.
func TestWhoIsForgotten(t *testing.T) {
	k := met(map[string]string{"n2": "d2"}, 5)
	require.NoError(t, k.SetMembers(5, []string{"n1"}))
	k.Expect([]string{"n1"})
	require.NotNil(t, k.Admit("n2", "other"))
	require.NoError(t, k.SetMembers(6, []string{"n1", "n2"}))
	require.NotNil(t, k.Admit("n2", "other"))
	require.NoError(t, k.SetMembers(7, []string{"n1"}))
	require.Nil(t, k.Admit("n2", "other"))
	require.Nil(t, k.Admit("n2", "d2"), "a stranger was remembered")
	require.NoError(t, k.SetMembers(8, []string{"n1", "n2"}))
	require.Nil(t, k.Admit("n2", "d2"))
	require.NotNil(t, k.Admit("n2", "other"), "a member wasn't remembered")
}

// A member with another number than before is another one, whatever came between.
func TestWhoWasReplaced(t *testing.T) {
	var saved peerport.Acquaintance
	save := func(met peerport.Acquaintance) error { saved = met; return nil }
	k := peerport.NewKnown(peerport.Acquaintance{}, save)
	require.NoError(t, k.SetNumbers(3, map[string]uint64{"n2": 2, "n3": 3}))
	require.Nil(t, k.Admit("n2", "d2"))
	require.Nil(t, k.Admit("n3", "d3"))
	k = peerport.NewKnown(saved, save)
	require.NoError(t, k.SetNumbers(4, map[string]uint64{"n2": 2, "n3": 3, "n4": 4}))
	require.NotNil(t, k.Admit("n2", "other"))
	require.NoError(t, k.SetNumbers(9, map[string]uint64{"n2": 8, "n3": 3, "n4": 4}))
	require.Nil(t, k.Admit("n2", "other"))
	require.NotNil(t, k.Admit("n2", "d2"))
	require.NotNil(t, k.Admit("n3", "other"))
	require.NoError(t, k.SetNumbers(8, map[string]uint64{"n2": 2}), "history")
	require.NotNil(t, k.Admit("n3", "other"))
}

// Whom a node expects, it remembers, though it learnt of it by a snapshot.
func TestWhoIsExpected(t *testing.T) {
	k := met(map[string]string{}, 5)
	k.Expect([]string{"n1", "n2"})
	k.Expect(nil)
	require.Nil(t, k.Admit("n2", "d2"))
	require.NotNil(t, k.Admit("n2", "other"))
}

// What can't be noted down isn't let in, and nothing is taken for noted.
func TestNotingDownFails(t *testing.T) {
	full := errors.New("the disk is full")
	k := peerport.NewKnown(peerport.Acquaintance{}, func(peerport.Acquaintance) error { return full })
	for _, directory := range []string{"d2", "d3"} {
		refused := k.Admit("n2", directory)
		require.NotNil(t, refused)
		require.Contains(t, refused.Reason, "the disk is full")
	}
	require.ErrorIs(t, k.SetMembers(1, nil), full)
}

// What was stored is there when it is loaded, and nothing that isn't one is taken for it.
func TestLoadKnown(t *testing.T) {
	values := map[string][]byte{}
	set := func(key, value []byte) error { values[string(key)] = value; return nil }
	k, err := peerport.LoadKnown(nil, set)
	require.NoError(t, err)
	require.NoError(t, k.SetNumbers(3, map[string]uint64{"n2": 1 << 63, "n3": 3}))
	require.Nil(t, k.Admit("n2", "d2"))
	k, err = peerport.LoadKnown(values[peerport.KnownKey], set)
	require.NoError(t, err)
	require.NotNil(t, k.Admit("n2", "other"))
	require.NoError(t, k.SetNumbers(4, map[string]uint64{"n2": 1<<63 + 1, "n3": 3}))
	require.Nil(t, k.Admit("n2", "other"))
	for _, damaged := range []string{"", "{", "{}", `{"directories": null}`, `{"directories": 3}`} {
		_, err := peerport.LoadKnown([]byte(damaged), set)
		require.ErrorContains(t, err, "the directories of the other nodes can't be read", damaged)
	}
}
