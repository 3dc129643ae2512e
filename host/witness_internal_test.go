package host

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWitnesses(t *testing.T) {
	three, five := []string{"n1", "n2", "n3"}, []string{"n1", "n2", "n3", "n4", "n5"}
	type says map[string]bool // node -> agrees
	for name, tc := range map[string]struct {
		voters   []string
		heard    says
		at, late bool // outvoted at once, after a minute
	}{
		"nobody heard":              {voters: three},
		"all agree":                 {voters: three, heard: says{"n2": true, "n3": true}},
		"one of three disagrees":    {voters: three, heard: says{"n2": false, "n3": true}},
		"one disagrees, one silent": {voters: three, heard: says{"n2": false}, late: true},
		"both disagree":             {voters: three, heard: says{"n2": false, "n3": false}, at: true, late: true},
		"one of two disagrees":      {voters: []string{"n1", "n2"}, heard: says{"n2": false}, at: true, late: true},
		"two of five disagree":      {voters: five, heard: says{"n2": false, "n3": false, "n4": true, "n5": true}},
		"two disagree, two silent":  {voters: five, heard: says{"n2": false, "n3": false}, late: true},
		"three of five disagree":    {voters: five, heard: says{"n2": false, "n3": false, "n4": false}, at: true, late: true},
		"a stranger disagrees":      {voters: three, heard: says{"n9": false}},
		"its own past disagrees":    {voters: nil, heard: says{"n1": false}, at: true, late: true},
		"own past, others agree":    {voters: three, heard: says{"n1": false, "n2": true, "n3": true}},
		"a learner is contradicted": {voters: []string{"n2"}, heard: says{"n2": false}, at: true, late: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWitnesses("n1")
			for node, agrees := range tc.heard {
				w.hear(node, 7, agrees)
			}
			now := time.Unix(1000, 0)
			_, outvoted := w.outvoted(tc.voters, now)
			require.Equal(t, tc.at, outvoted)
			_, outvoted = w.outvoted(tc.voters, now.Add(silence-1))
			require.Equal(t, tc.at, outvoted)
			revision, outvoted := w.outvoted(tc.voters, now.Add(silence))
			require.Equal(t, tc.late, outvoted)
			if outvoted {
				require.EqualValues(t, 7, revision)
			}
		})
	}
}

func TestAgreementEndsTheMinute(t *testing.T) {
	w, three, now := newWitnesses("n1"), []string{"n1", "n2", "n3"}, time.Unix(1000, 0)
	w.hear("n2", 7, false)
	_, outvoted := w.outvoted(three, now)
	require.False(t, outvoted)
	w.hear("n2", 9, true)
	_, outvoted = w.outvoted(three, now.Add(silence/2))
	require.False(t, outvoted)
	w.hear("n2", 11, false)
	_, outvoted = w.outvoted(three, now.Add(silence))
	require.False(t, outvoted, "the minute begins anew")
}
