package metadata_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
)

// More tags of items in a snapshot, which are durable.
const (
	itemGroup       = 6
	itemOffset      = 7
	itemPending     = 8
	itemTransaction = 9
	itemSegment     = 10
)

// elsewhere changes the topic id in an item.
func elsewhere(t *testing.T, item []byte) []byte {
	t.Helper()
	at := -1
	for i := 1; i <= 2 && at < 0; i++ {
		id := topicID(i)
		at = bytes.Index(item, id[:])
	}
	require.Positive(t, at)
	item = bytes.Clone(item)
	item[at+14] ^= 0xff
	return item
}

// heldTwice is a transaction that holds its first partition, of topic 1, twice.
func heldTwice(t *testing.T, item []byte) []byte {
	t.Helper()
	id := topicID(1)
	at := bytes.Index(item, id[:])
	require.Positive(t, at)
	require.EqualValues(t, 1, item[at-1], "partitions held")
	return slices.Concat(item[:at-1], []byte{2}, item[at:at+len(id)+1], item[at:])
}

func TestASnapshotOfGroupsAndTheLikeThatMakesNoSenseIsRefused(t *testing.T) {
	good := items(t, snapshot(t, wholeState(t)))
	at := map[byte]int{}
	for _, tag := range []byte{itemGroup, itemOffset, itemPending, itemTransaction, itemSegment} {
		at[tag] = first(t, good, tag)
	}
	move := func(from, to int) [][]byte {
		return slices.Insert(slices.Delete(slices.Clone(good), from, from+1), to, good[from])
	}
	replace := func(i int, item []byte) [][]byte {
		all := slices.Clone(good)
		all[i] = item
		return all
	}
	tests := map[string]struct {
		bad  [][]byte
		want string
	}{
		"an offset before its group":              {move(at[itemOffset], at[itemGroup]), "out of order"},
		"an offset after one that is pending":     {move(at[itemOffset], at[itemPending]), "out of order"},
		"an offset among the transactions":        {move(at[itemOffset], at[itemTransaction]), "out of order"},
		"a pending offset among the transactions": {move(at[itemPending], at[itemTransaction]), "out of order"},
		"a transaction before the groups":         {move(at[itemTransaction], at[itemGroup]), "out of order"},
		"a segment before the transactions":       {move(at[itemSegment], at[itemTransaction]), "out of order"},
		"an offset of a partition that isn't":     {replace(at[itemOffset], elsewhere(t, good[at[itemOffset]])), "isn't there"},
		"a pending offset of one that isn't":      {replace(at[itemPending], elsewhere(t, good[at[itemPending]])), "isn't there"},
		"a transaction of one that isn't":         {replace(at[itemTransaction], elsewhere(t, good[at[itemTransaction]])), "isn't there"},
		"a transaction with a partition twice":    {replace(at[itemTransaction], heldTwice(t, good[at[itemTransaction]])), "out of order"},
		"a segment of a partition that isn't":     {replace(at[itemSegment], elsewhere(t, good[at[itemSegment]])), "isn't there"},
		"something behind a group":                {replace(at[itemGroup], append(bytes.Clone(good[at[itemGroup]]), 0)), "follows its end"},
		"something behind an offset":              {replace(at[itemOffset], append(bytes.Clone(good[at[itemOffset]]), 0)), "follows its end"},
		"something behind what is pending":        {replace(at[itemPending], append(bytes.Clone(good[at[itemPending]]), 0)), "follows its end"},
		"something behind a transaction":          {replace(at[itemTransaction], append(bytes.Clone(good[at[itemTransaction]]), 0)), "follows its end"},
		"something behind a segment":              {replace(at[itemSegment], append(bytes.Clone(good[at[itemSegment]]), 0)), "follows its end"},
	}
	for _, tag := range []byte{itemGroup, itemOffset, itemPending, itemTransaction, itemSegment} {
		i := at[tag]
		_, err := metadata.ReadState(bytes.NewReader(framed(slices.Insert(slices.Clone(good), i, good[i]))))
		require.ErrorContains(t, err, "out of order", "an item of kind %d twice", tag)
		_, err = metadata.ReadState(bytes.NewReader(framed(slices.Delete(slices.Clone(good), i, i+1))))
		require.Error(t, err, "without an item of kind %d", tag)
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := metadata.ReadState(bytes.NewReader(framed(tt.bad)))
			require.ErrorContains(t, err, tt.want)
		})
	}
}
