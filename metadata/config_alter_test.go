package metadata

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
)

// No read shows a configuration's revisions, so no story can.
func TestConfigsKeepTheirRevisions(t *testing.T) {
	cluster := Resource{Type: ResourceCluster}
	s := Genesis()
	for i, test := range []struct {
		kind              ConfigOpKind
		value             string
		created, modified uint64 // 0: no record
	}{
		{ConfigDelete, "", 0, 0},
		{ConfigSet, "1", 2, 2},
		{ConfigSet, "1", 2, 2}, // no change
		{ConfigSet, "2", 2, 4},
		{ConfigDelete, "", 0, 0},
		{ConfigSet, "2", 6, 6},
	} {
		ev := NewAlterConfigs(ConfigSpec{Resource: cluster, Ops: []ConfigOp{{Kind: test.kind, Key: "x.a", Value: &test.value}}})
		ev.RequestId = binary.BigEndian.AppendUint64(make([]byte, 8), uint64(i+1))
		d := s.Draft()
		res, err := d.Apply(ev)
		require.NoError(t, err)
		require.NoError(t, res.Err())
		s = d.State()

		record := s.config(cluster)
		if test.created == 0 {
			require.Nil(t, record, "after event %d", i+1)
			continue
		}
		require.Equal(t, test.created, record.CreatedRevision, "after event %d", i+1)
		require.Equal(t, test.modified, record.ModifiedRevision, "after event %d", i+1)
	}
}
