package history_test

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/chronik-stream/metalog/conformance/history"
)

// golden is a small history as files have it.
var golden = strings.Join([]string{
	`{"writes":[{"id":"a","node":"n1","call":1000000,"return":2000000,"outcome":"acknowledged","position":10,"answer":18446744073709551615},`,
	`{"id":"b","node":"n2","call":1,"return":2,"outcome":"unknown"},{"id":"c","node":"n2","call":1,"return":2,"outcome":"not appended"}],`,
	`"reads":[{"node":"n1","call":1,"return":2,"linearizable":true,"position":10},{"node":"n2","call":3,"return":4,"position":0}],`,
	`"taps":[{"node":"n1","life":1,"begin":5,"entries":[{"position":10,"id":"a","hash":18446744073709551614,"answer":18446744073709551615}]}]}`, "\n",
}, "")

func encode(t require.TestingT, h history.History) string {
	var out bytes.Buffer
	require.NoError(t, h.Encode(&out))
	return out.String()
}

func TestFilesStayReadable(t *testing.T) {
	h := history.History{
		Writes: []history.Write{
			{ID: "a", Node: "n1", Call: ms, Return: 2 * ms, Outcome: history.Acknowledged, Position: 10, Answer: math.MaxUint64},
			{ID: "b", Node: "n2", Call: 1, Return: 2},
			{ID: "c", Node: "n2", Call: 1, Return: 2, Outcome: history.NotAppended},
		},
		Reads: []history.Read{{Node: "n1", Call: 1, Return: 2, Linearizable: true, Position: 10}, {Node: "n2", Call: 3, Return: 4}},
		Taps: []history.Tap{{Node: "n1", Life: 1, Begin: 5, Entries: []history.Applied{
			{Position: 10, ID: "a", Hash: math.MaxUint64 - 1, Answer: math.MaxUint64},
		}}},
	}
	require.Equal(t, golden, encode(t, h))
	back, err := history.Decode(strings.NewReader(golden))
	require.NoError(t, err)
	require.Equal(t, h, back)
}

func TestHistoriesGoThroughAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := simulated(t)
		back, err := history.Decode(strings.NewReader(encode(t, h)))
		require.NoError(t, err)
		require.Nil(t, back.Foreign)
		back.Foreign = h.Foreign
		require.Equal(t, history.Judge(h), history.Judge(back))
		require.Equal(t, h.Writes, back.Writes)
		require.Equal(t, h.Log(), back.Log())
		require.Equal(t, h.Summary(), back.Summary())
	})
}

func TestWhatFilesMayNotHold(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":         "",
		"half":            golden[:len(golden)/2],
		"unknown field":   `{"writes":[{"id":"a","colour":1}]}`,
		"unknown outcome": `{"writes":[{"id":"a","outcome":"perhaps"}]}`,
		"two histories":   golden + golden,
		"something after": golden + "]",
		"too large":       `{"reads":[{"position":18446744073709551616}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := history.Decode(strings.NewReader(text))
			require.ErrorContains(t, err, "history: ")
		})
	}
}

func TestWhatIsNoTextIsNotWritten(t *testing.T) {
	for name, h := range map[string]history.History{
		"id":         {Writes: []history.Write{{ID: "\xff"}}},
		"writer":     {Writes: []history.Write{{Node: "\xff"}}},
		"reader":     {Reads: []history.Read{{Node: "\xff"}}},
		"tap":        {Taps: []history.Tap{{Node: "\xff"}}},
		"entry":      {Taps: []history.Tap{{Entries: []history.Applied{{ID: "\xff"}}}}},
		"no outcome": {Writes: []history.Write{{Outcome: 9}}},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			require.Error(t, h.Encode(&out))
			require.Zero(t, out.Len())
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(golden))
	f.Add([]byte(encode(f, good())))
	f.Add([]byte(`{}`))
	f.Add([]byte(`{"taps":[{"entries":[{"id":"a"},{"id":"a"}]}],"writes":[{"id":"a","outcome":"acknowledged"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := history.Decode(bytes.NewReader(data))
		if err != nil {
			return
		}
		text := encode(t, h)
		back, err := history.Decode(strings.NewReader(text))
		require.NoError(t, err)
		require.Equal(t, text, encode(t, back))
		require.Equal(t, history.Judge(h), history.Judge(back))
	})
}
