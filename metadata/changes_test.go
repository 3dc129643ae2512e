package metadata_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/chronik-stream/metalog/metadata"
)

func recordsOf(s *metadata.State) (keys []metadata.Key, all map[metadata.Key]metadata.Record) {
	all = make(map[metadata.Key]metadata.Record)
	for r := range s.AllRecords() {
		keys = append(keys, r.Key())
		all[r.Key()] = r
	}
	return keys, all
}

// Whoever has the records of one state and is told the changes of the events
// after it has the records of every later one: cascades and undone batches too.
func TestChangesAreAllThereIsToTell(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := start()
		_, have := recordsOf(s)
		for _, ev := range drawLog(t) {
			d := s.Draft()
			res, err := d.Apply(ev)
			require.NoError(t, err)
			changes := d.Changes()
			s = d.State()
			if res.Deduplicated {
				require.Empty(t, changes)
			}
			for i, c := range changes {
				if i > 0 {
					require.Negative(t, changes[i-1].Key().Compare(c.Key()), "changes are sorted")
				}
				require.Equal(t, have[c.Key()], c.Before, "what %v was before", c.Key())
				if c.After == nil {
					delete(have, c.Key())
				} else {
					require.NotEqual(t, c.Before, c.After, "%v didn't change", c.Key())
					have[c.Key()] = c.After
				}
			}
			keys, want := recordsOf(s)
			require.Equal(t, want, have)
			for i := 1; i < len(keys); i++ {
				require.Negative(t, keys[i-1].Compare(keys[i]), "records are sorted")
			}
		}
	})
}

func TestEveryCommandIsAnOperation(t *testing.T) {
	known := map[string]bool{}
	for _, o := range metadata.Operations() {
		known[o.Name] = o.Write
	}
	for name, ev := range everyCommand(t) {
		require.True(t, known[metadata.OperationOf(ev)], "%s: %q", name, metadata.OperationOf(ev))
	}
}
