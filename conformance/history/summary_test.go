package history_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/conformance/history"
)

func TestSummaryCounts(t *testing.T) {
	s := good().Summary()
	require.Equal(t, history.Summary{Acknowledged: 5, NotAppended: 1, Unknown: 2, Linearizable: 3, Local: 3, Taps: 4, Entries: 20}, s)
	require.Equal(t, "8 writes (5 acknowledged, 1 not appended, 2 unknown), 6 reads (3 linearizable, 3 local), 20 entries in 4 taps", s.String())
}

func TestThinTrafficMeansNothing(t *testing.T) {
	require.NoError(t, history.Thin(good(), 5))
	require.ErrorContains(t, history.Thin(good(), 6), "fewer than 6 acknowledged writes in 8 writes (5 acknowledged")
	require.Error(t, history.Thin(history.History{}, 1))
	require.ErrorContains(t, history.Thin(good(), 0), "which any history has")
}
