package host

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

// entryAt is an entry whose content is its index.
func entryAt(index uint64) sdk.Entry {
	return sdk.Entry{Index: index, Data: []byte(strconv.FormatUint(index, 10))}
}

func TestDoorman(t *testing.T) {
	other := sdk.Entry{Index: 3, Data: []byte("other")}
	for name, tc := range map[string]struct {
		first, second []sdk.Entry
		fresh         int // of the second
		diverged      string
	}{
		"goes on":            {first: at(1, 2, 4), second: at(5, 9), fresh: 2},
		"delivers again":     {first: at(1, 2, 4), second: at(1, 2, 4, 5), fresh: 1},
		"again from between": {first: at(1, 2, 4), second: at(2, 4), fresh: 0},
		"goes back":          {first: at(1, 2), second: at(3, 3), fresh: 1, diverged: "index 3 was delivered after 3"},
		"index nought":       {second: at(0), diverged: "index 0 was delivered after 0"},
		"other content":      {first: at(1, 2, 3), second: append(at(1, 2), other), diverged: "another entry"},
		"unknown index":      {first: at(1, 2, 4), second: at(2, 3), diverged: "index 3 was not delivered before"},
		"skips one":          {first: at(1, 2, 4), second: at(1, 4), diverged: "2 was delivered in between"},
		"skips the last":     {first: at(1, 2, 4), second: at(1, 2, 5), diverged: "4 was delivered in between"},
		"skips from nothing": {first: at(1, 2, 4), second: at(4, 5), fresh: 1},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDoorman(100)
			_, err := admitAll(d, tc.first)
			require.NoError(t, err)
			d.begin()
			fresh, err := admitAll(d, tc.second)
			require.Equal(t, tc.fresh, fresh)
			if tc.diverged == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, sdk.ErrDiverged)
			require.ErrorContains(t, err, tc.diverged)
		})
	}
}

func TestDoormanForgetsBeyondItsRing(t *testing.T) {
	d := newDoorman(2)
	_, err := admitAll(d, at(1, 2, 3, 4))
	require.NoError(t, err)
	d.begin()
	old := sdk.Entry{Index: 2, Data: []byte("can't be told any more")}
	fresh, err := admitAll(d, append([]sdk.Entry{old}, at(3, 4, 5)...))
	require.NoError(t, err)
	require.Equal(t, 1, fresh)
}

// A snapshot may be framed with a later index than its place in the log (R5):
// what it covers may be delivered again.
func TestDoormanAfterSnapshots(t *testing.T) {
	d := newDoorman(100)
	_, err := admitAll(d, at(1, 2))
	require.NoError(t, err)
	d.restored(10)
	fresh, err := admitAll(d, at(3, 9, 10, 11))
	require.NoError(t, err)
	require.Equal(t, 1, fresh)

	d.begin()
	_, err = admitAll(d, at(1))
	require.NoError(t, err)
	d.skipped()
	fresh, err = admitAll(d, at(12))
	require.NoError(t, err)
	require.Equal(t, 1, fresh)
}

func at(indexes ...uint64) []sdk.Entry {
	var entries []sdk.Entry
	for _, i := range indexes {
		entries = append(entries, entryAt(i))
	}
	return entries
}

func admitAll(d *doorman, entries []sdk.Entry) (fresh int, err error) {
	for _, e := range entries {
		isNew, err := d.admit(e)
		if err != nil {
			return fresh, err
		}
		if isNew {
			fresh++
		}
	}
	return fresh, nil
}
