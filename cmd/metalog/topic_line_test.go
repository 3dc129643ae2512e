package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
)

func TestParseTopicLine(t *testing.T) {
	spec, err := parseTopicLine([]byte(`{"name":"a","partitions":3,"replication_factor":2,"configs":{"z":"1","b":null}}`))
	require.NoError(t, err)
	one := "1"
	require.Equal(t, metadata.TopicSpec{
		Name: "a", Partitions: 3, ReplicationFactor: 2,
		Configs: []metadata.ConfigValue{{Key: "b"}, {Key: "z", Value: &one}},
	}, spec)

	spec, err = parseTopicLine([]byte(`{"name":"a"}`))
	require.NoError(t, err)
	require.Equal(t, metadata.TopicSpec{Name: "a", Partitions: metadata.Default, ReplicationFactor: metadata.Default}, spec)
}

func TestParseTopicLineRefuses(t *testing.T) {
	for line, want := range map[string]string{
		`hello`:                                `not a topic: invalid character 'h'`,
		`{"name":"a"`:                          `the JSON object isn't complete`,
		`{}`:                                   `"name" is missing`,
		`{"name":""}`:                          `"name" is missing`,
		`null`:                                 `"name" is missing`,
		`[1]`:                                  `a JSON object is wanted, not an array`,
		`"a"`:                                  `a JSON object is wanted, not a string`,
		`{"name":"a","partitons":1}`:           `unknown field "partitons"`,
		`{"name":"a"} {"name":"b"}`:            `more than one JSON object`,
		`{"name":"a"} x`:                       `more than one JSON object`,
		`{"name":7}`:                           `"name" can't be a number`,
		`{"name":"a","partitions":"1"}`:        `"partitions" can't be a string`,
		`{"name":"a","partitions":1.5}`:        `"partitions" can't be the number 1.5`,
		`{"name":"a","partitions":9999999999}`: `"partitions" can't be the number 9999999999`,
		`{"name":"a","configs":{"k":1}}`:       `can't be a number`,
	} {
		_, err := parseTopicLine([]byte(line))
		require.ErrorContains(t, err, want, line)
	}
}

func TestReadLines(t *testing.T) {
	long := strings.Repeat("x", maxLine+1)
	input := "\xef\xbb\xbfone\r\n\n  \n" + long + "\ntwo\n" + long[:maxLine-1] + "\nlast"
	var got []numberedLine
	err := readLines(strings.NewReader(input), func(l numberedLine) bool {
		if len(l.text) > 10 {
			l.text = l.text[:3]
		}
		got = append(got, l)
		return true
	})
	require.NoError(t, err)
	require.Len(t, got, 5)
	require.Equal(t, numberedLine{number: 1, text: []byte("one")}, got[0])
	require.Equal(t, 4, got[1].number)
	require.ErrorContains(t, got[1].err, "longer than 1048576 bytes")
	require.Empty(t, got[1].text)
	require.Equal(t, numberedLine{number: 5, text: []byte("two")}, got[2])
	require.Equal(t, numberedLine{number: 6, text: []byte("xxx")}, got[3])
	require.Equal(t, numberedLine{number: 7, text: []byte("last")}, got[4])
}

func TestReadLinesStops(t *testing.T) {
	count := 0
	err := readLines(strings.NewReader("a\nb\nc\n"), func(numberedLine) bool { count++; return count < 2 })
	require.NoError(t, err)
	require.Equal(t, 2, count)
}

// Whatever stands on a line, it is a topic with a name or an error, and parsing
// it again gives the same write.
func FuzzTopicLine(f *testing.F) {
	f.Add([]byte(`{"name":"orders","partitions":6,"replication_factor":3,"configs":{"retention.ms":"1"}}`))
	f.Add([]byte(`{"name":"a","configs":{"b":null}}`))
	f.Add([]byte(`[`))
	f.Fuzz(func(t *testing.T, line []byte) {
		spec, err := parseTopicLine(line)
		if err != nil {
			return
		}
		require.NotEmpty(t, spec.Name)
		again, err := parseTopicLine(line)
		require.NoError(t, err)
		require.Equal(t, spec, again)
	})
}
