package hashiraft

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func met(directories map[string]string, forgotten uint64) *known {
	return newKnown(acquaintance{Directories: directories, Forgotten: forgotten}, func(acquaintance) error { return nil })
}

// Only a committed configuration that is news forgets anybody.
func TestWhoIsForgotten(t *testing.T) {
	k := met(map[string]string{"n2": "d2"}, 5)
	require.NoError(t, k.setMembers(5, []string{"n1"}))
	k.expect([]string{"n1"})
	require.NotNil(t, k.admit("n2", "other"))
	require.NoError(t, k.setMembers(6, []string{"n1", "n2"}))
	require.NotNil(t, k.admit("n2", "other"))
	require.NoError(t, k.setMembers(7, []string{"n1"}))
	require.Nil(t, k.admit("n2", "other"))
	require.Nil(t, k.admit("n2", "d2"), "a stranger was remembered")
}

// Whom a node expects, it remembers, though it learnt of it by a snapshot.
func TestWhoIsExpected(t *testing.T) {
	k := met(map[string]string{}, 5)
	k.expect([]string{"n1", "n2"})
	k.expect(nil)
	require.Nil(t, k.admit("n2", "d2"))
	require.NotNil(t, k.admit("n2", "other"))
}

// The own snapshot forgets nobody, however soon another node's follows it.
func TestWhoseSnapshotForgets(t *testing.T) {
	for own, index := range map[bool]uint64{true: 9, false: 0} {
		s := &session{disk: &disk{store: &logStore{}}, known: met(map[string]string{"n2": "d2"}, 5)}
		s.disk.store.newest.meta.Index = index
		if own {
			s.onRestore()
			require.NotNil(t, s.known.admit("n2", "other"))
		}
		s.onRestore()
		require.Nil(t, s.known.admit("n2", "other"))
	}
}
