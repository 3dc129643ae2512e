package conformance

import (
	"context"
	"fmt"
	"strings"

	"github.com/chronik-stream/metalog/metadata"
)

// put-segments [replace] [kind=K] [size=] [records=] [times=FROM..TO] [path=]
// [rows=GROUPS] [compression=] [hour=] [schema=] tN/P/ID=START..END...
// All of a line have the same size and so on. An ID of seg*N is seg0, seg1 and
// so on; a path of @N is N letters.
func readPutSegments(s *teller, w *words) write {
	spec := metadata.SegmentsSpec{Replace: w.flag("replace")}
	info := metadata.SegmentInfo{
		SizeBytes: w.number("size", 0), Records: w.number("records", 0), Path: w.value(w.text("path")),
		RowGroups: int32(w.number("rows", 0)), Compression: w.text("compression"), TimePartition: w.text("hour"), SchemaFingerprint: w.text("schema"),
	}
	if text, ok := w.optional("times"); ok {
		info.MinTimestampMS, info.MaxTimestampMS = w.span(text)
	}
	kind := w.segmentKind()
	for len(w.rest) > 0 && w.err == nil {
		where, what, _ := strings.Cut(w.next(), "=")
		info.StartOffset, info.EndOffset = w.span(what)
		for _, key := range w.segmentKeys(kind, where) {
			spec.Segments = append(spec.Segments, metadata.SegmentSpec{SegmentKey: key, SegmentInfo: info})
		}
	}
	return write{
		held:  metadata.BatchOperation{PutSegments: &spec},
		items: len(spec.Segments),
		do: func(ctx context.Context, opts []metadata.WriteOption) (metadata.Written, metadata.Response, error) {
			return committed(s.target.Store.PutSegments(ctx, spec, opts...))
		},
	}
}

// span reads FROM..TO.
func (w *words) span(text string) (from, to int64) {
	first, last, _ := strings.Cut(text, "..")
	return w.parse(first), w.parse(last)
}

// segmentKind takes kind=log, parquet or a number; log if it is missing.
func (w *words) segmentKind() metadata.SegmentKind {
	switch text, ok := w.optional("kind"); {
	case !ok || text == "log":
		return metadata.SegmentLog
	case text == "parquet":
		return metadata.SegmentParquet
	default:
		return metadata.SegmentKind(w.parse(text))
	}
}

// segmentKeys reads tN/P/ID.
func (w *words) segmentKeys(kind metadata.SegmentKind, text string) (out []metadata.SegmentKey) {
	parts := strings.SplitN(text, "/", 3)
	if len(parts) < 3 {
		w.fail("%s: %q isn't TOPIC_ID/PARTITION/ID", w.name, text)
		return nil
	}
	key := metadata.SegmentKey{Kind: kind, Topic: w.topicID(parts[0]), Partition: int32(w.parse(parts[1]))}
	id, times, many := strings.Cut(w.value(parts[2]), "*")
	if !many {
		key.ID = id
		return []metadata.SegmentKey{key}
	}
	for i := range w.parse(times) {
		key.ID = fmt.Sprintf("%s%d", id, i)
		out = append(out, key)
	}
	return out
}

// delete-segments [kind=K] tN/P/ID...
func readDeleteSegments(s *teller, w *words) write {
	kind := w.segmentKind()
	var keys metadata.SegmentKeys
	for len(w.rest) > 0 && w.err == nil {
		keys.Segments = append(keys.Segments, w.segmentKeys(kind, w.next())...)
	}
	return write{
		held: metadata.BatchOperation{DeleteSegments: &keys},
		do: func(ctx context.Context, opts []metadata.WriteOption) (metadata.Written, metadata.Response, error) {
			got, err := s.target.Store.DeleteSegments(ctx, keys, opts...)
			return got.Written, metadata.Response{Absent: got.Absent}, err
		},
	}
}

// segment [kind=K] tN/P/ID
func readSegment(s *teller, w *words) call {
	keys := w.segmentKeys(w.segmentKind(), w.next())
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.Segment(ctx, keys[0])
		return shown(got, err, showSegment)
	}
}

// segments [kind=K] TOPIC, or TOPIC/P for one partition's
func readSegments(s *teller, w *words) call {
	query := w.segmentsQuery()
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.Segments(ctx, query)
		return shown(got, err, listed("segments", showSegment))
	}
}

// segment-paths, as segments
func readSegmentPaths(s *teller, w *words) call {
	query := w.segmentsQuery()
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.SegmentPaths(ctx, query)
		return shown(got, err, listed("paths", showValue))
	}
}

func (w *words) segmentsQuery() metadata.SegmentsQuery {
	query := metadata.SegmentsQuery{Kind: w.segmentKind()}
	topic, index, one := strings.Cut(w.next(), "/")
	query.Topic = topic
	if one {
		p := int32(w.parse(index))
		query.Partition = &p
	}
	return query
}

func showSegment(g *metadata.Segment) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s %s/%s %d..%d size=%d records=%d", g.Kind, showPlace(g.Topic, g.Partition), showValue(g.ID),
		g.StartOffset, g.EndOffset, g.SizeBytes, g.Records)
	if g.MinTimestampMS != 0 || g.MaxTimestampMS != 0 {
		fmt.Fprintf(&out, " times=%d..%d", g.MinTimestampMS, g.MaxTimestampMS)
	}
	if g.RowGroups != 0 {
		fmt.Fprintf(&out, " rows=%d", g.RowGroups)
	}
	for _, f := range [][2]string{
		{"path", g.Path}, {"compression", g.Compression}, {"hour", g.TimePartition}, {"schema", g.SchemaFingerprint},
	} {
		if f[1] != "" {
			fmt.Fprintf(&out, " %s=%s", f[0], showValue(f[1]))
		}
	}
	fmt.Fprintf(&out, " created=%s@%d @%d", showTime(g.CreatedMS), g.CreatedRevision, g.ModifiedRevision)
	return out.String()
}
