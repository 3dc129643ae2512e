package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
)

func TestParseSegmentLine(t *testing.T) {
	topic, spec, err := parseSegmentLine([]byte(
		`{"topic":"a","partition":1,"id":"s","kind":"parquet","start_offset":0,"end_offset":9,"size_bytes":5,"records":10,"path":"p"}`))
	require.NoError(t, err)
	require.Equal(t, "a", topic)
	require.Equal(t, metadata.SegmentSpec{
		SegmentKey:  metadata.SegmentKey{Kind: metadata.SegmentParquet, Partition: 1, ID: "s"},
		SegmentInfo: metadata.SegmentInfo{EndOffset: 9, SizeBytes: 5, Records: 10, Path: "p"},
	}, spec)
	for text, want := range map[string]string{
		`x`: `not a segment: invalid character`,
		`{"topic":"a","id":"s","start_offset":0,"end_offset":9}`:                                        `"partition" is missing`,
		`{"partition":0,"id":"s","start_offset":0,"end_offset":9}`:                                      `"topic" is missing`,
		`{"topic":"a","partition":0,"start_offset":0,"end_offset":9}`:                                   `"id" is missing`,
		`{"topic":"a","partition":0,"id":"s","end_offset":9}`:                                           `"start_offset" is missing`,
		`{"topic":"a","partition":0,"id":"s","start_offset":0}`:                                         `"end_offset" is missing`,
		`{"topic":"a","partition":0,"id":"s","start_offset":0,"end_offset":9,"kind":"orc"}`:             `"kind": "orc" isn't one of log, parquet`,
		`{"topic_id":"7","partition":0,"id":"s","start_offset":0,"end_offset":9}`:                       `"topic_id": id "7" isn't 32 hexadecimal digits`,
		`{"topic":"a","partition":0,"id":"s","start_offset":0,"end_offset":9,"size":1}`:                 `unknown field "size"`,
		`{"topic":"a","partition":"0","id":"s","start_offset":0,"end_offset":9}`:                        `"partition" can't be a string`,
		`{"topic":"a","partition":0,"id":"s","start_offset":0,"end_offset":9}{"topic":"b","id":"more"}`: `more than one JSON object`,
	} {
		_, _, err := parseSegmentLine([]byte(text))
		require.ErrorContains(t, err, want, text)
	}
}

// shelves is a node that only stores segments, of one topic.
type shelves struct {
	node
	events []int // how many segments each had
}

func (s *shelves) Topic(context.Context, string, ...metadata.ReadOption) (metadata.Read[*metadata.Topic], error) {
	return metadata.Read[*metadata.Topic]{Value: &metadata.Topic{ID: metadata.TopicID{1}}}, nil
}

func (s *shelves) PutSegments(_ context.Context, spec metadata.SegmentsSpec, _ ...metadata.WriteOption) (metadata.CommittedItems, error) {
	s.events = append(s.events, len(spec.Segments))
	return metadata.CommittedItems{Failed: []metadata.ItemError{{Index: 1, Code: metadata.CodeInvalidRequest}}}, nil
}

// A file of any length goes out in events of at most 1000 segments, and of a
// size that one can have.
func TestSegmentChunks(t *testing.T) {
	for name, test := range map[string]struct {
		lines, pathBytes int
		want             []int
	}{
		"by number": {2500, 10, []int{1000, 1000, 500}},
		"by size":   {20, 300_000, []int{2, 2, 2, 2, 2, 2, 2, 2, 2, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			var input, out strings.Builder
			for i := range test.lines {
				fmt.Fprintf(&input, `{"topic":"a","partition":0,"id":"s%d","start_offset":0,"end_offset":9,"path":%q}`+"\n",
					i, strings.Repeat("p", test.pathBytes))
			}
			c := &cli{out: &out, err: io.Discard, format: formatTable, wait: 1 << 40}
			shelves := &shelves{}
			im := &segmentImporter{c: c, node: shelves, topics: map[string]topicLookup{}}
			im.progress = c.startProgress(progressNone, "segments", 0)
			defer im.progress.stop()
			require.NoError(t, im.run(t.Context(), strings.NewReader(input.String())))
			require.Equal(t, test.want, shelves.events)
			require.Equal(t, test.lines-len(test.want), im.stored)
			require.Equal(t, len(test.want), strings.Count(out.String(), "refused: INVALID_REQUEST"))
			require.Contains(t, out.String(), fmt.Sprintf("line %d: segment a/0/s%d refused", test.want[0]+2, test.want[0]+1))
		})
	}
}
