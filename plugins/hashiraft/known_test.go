package hashiraft

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/peerport"
)

func met(directories map[string]string) *peerport.Known {
	return peerport.NewKnown(peerport.Acquaintance{Directories: directories}, func(peerport.Acquaintance) error { return nil })
}

// The own snapshot forgets nobody, however soon another node's follows it.
func TestWhoseSnapshotForgets(t *testing.T) {
	for own, index := range map[bool]uint64{true: 9, false: 0} {
		s := &session{disk: &disk{store: &logStore{}}, known: met(map[string]string{"n2": "d2"})}
		s.disk.store.newest.meta.Index = index
		if own {
			s.onRestore()
			require.NotNil(t, s.known.Admit("n2", "other"))
		}
		s.onRestore()
		require.Nil(t, s.known.Admit("n2", "other"))
	}
}
