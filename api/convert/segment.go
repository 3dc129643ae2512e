package convert

import (
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

// SegmentProto is a segment for the wire.
func SegmentProto(s *metadata.Segment) *metalogv1.Segment {
	return &metalogv1.Segment{
		Key:              SegmentKeyProto(s.SegmentKey),
		Info:             segmentInfoProto(s.SegmentInfo),
		CreatedMs:        s.CreatedMS,
		CreatedRevision:  s.CreatedRevision,
		ModifiedRevision: s.ModifiedRevision,
	}
}

// Segment is a segment from the wire.
func Segment(p *metalogv1.Segment) (*metadata.Segment, error) {
	key, err := SegmentKey(p.GetKey())
	return &metadata.Segment{
		SegmentKey:       key,
		SegmentInfo:      segmentInfo(p.GetInfo()),
		CreatedMS:        p.GetCreatedMs(),
		CreatedRevision:  p.GetCreatedRevision(),
		ModifiedRevision: p.GetModifiedRevision(),
	}, err
}

// Segments stops at the first segment that can't be read.
func Segments(ps []*metalogv1.Segment) ([]*metadata.Segment, error) { return eachErr(ps, Segment) }

// SegmentKeyProto names a segment for the wire.
func SegmentKeyProto(k metadata.SegmentKey) *metalogv1.SegmentKey {
	return &metalogv1.SegmentKey{
		Kind: enumProto[metalogv1.SegmentKind](k.Kind), TopicId: idText(k.Topic), Partition: k.Partition, SegmentId: k.ID,
	}
}

// SegmentKey names a segment from the wire.
func SegmentKey(p *metalogv1.SegmentKey) (metadata.SegmentKey, error) {
	id, err := topicID("topic_id", p.GetTopicId())
	return metadata.SegmentKey{
		Kind: enumPlain[metadata.SegmentKind](p.GetKind()), Topic: id, Partition: p.GetPartition(), ID: p.GetSegmentId(),
	}, err
}

func segmentInfoProto(i metadata.SegmentInfo) *metalogv1.SegmentInfo {
	return &metalogv1.SegmentInfo{
		StartOffset:       i.StartOffset,
		EndOffset:         i.EndOffset,
		SizeBytes:         i.SizeBytes,
		Records:           i.Records,
		MinTimestampMs:    i.MinTimestampMS,
		MaxTimestampMs:    i.MaxTimestampMS,
		Path:              i.Path,
		RowGroups:         i.RowGroups,
		Compression:       i.Compression,
		TimePartition:     i.TimePartition,
		SchemaFingerprint: i.SchemaFingerprint,
	}
}

func segmentInfo(p *metalogv1.SegmentInfo) metadata.SegmentInfo {
	return metadata.SegmentInfo{
		StartOffset:       p.GetStartOffset(),
		EndOffset:         p.GetEndOffset(),
		SizeBytes:         p.GetSizeBytes(),
		Records:           p.GetRecords(),
		MinTimestampMS:    p.GetMinTimestampMs(),
		MaxTimestampMS:    p.GetMaxTimestampMs(),
		Path:              p.GetPath(),
		RowGroups:         p.GetRowGroups(),
		Compression:       p.GetCompression(),
		TimePartition:     p.GetTimePartition(),
		SchemaFingerprint: p.GetSchemaFingerprint(),
	}
}

func segmentSpecProto(s metadata.SegmentSpec) *metalogv1.SegmentSpec {
	return &metalogv1.SegmentSpec{Key: SegmentKeyProto(s.SegmentKey), Info: segmentInfoProto(s.SegmentInfo)}
}

func segmentSpec(p *metalogv1.SegmentSpec) (metadata.SegmentSpec, error) {
	key, err := SegmentKey(p.GetKey())
	return metadata.SegmentSpec{SegmentKey: key, SegmentInfo: segmentInfo(p.GetInfo())}, err
}

// PutSegmentsRequest asks for the segments of spec.
func PutSegmentsRequest(spec metadata.SegmentsSpec, o metadata.WriteOptions) *metalogv1.PutSegmentsRequest {
	return &metalogv1.PutSegmentsRequest{
		Segments: each(spec.Segments, segmentSpecProto), Replace: spec.Replace, Options: WriteOptionsProto(o),
	}
}

// SegmentsSpec is the segments that a request asks for.
func SegmentsSpec(p *metalogv1.PutSegmentsRequest) (metadata.SegmentsSpec, error) {
	all, err := eachErr(p.GetSegments(), segmentSpec)
	return metadata.SegmentsSpec{Segments: all, Replace: p.GetReplace()}, err
}

// DeleteSegmentsRequest asks for the end of segments.
func DeleteSegmentsRequest(keys metadata.SegmentKeys, o metadata.WriteOptions) *metalogv1.DeleteSegmentsRequest {
	return &metalogv1.DeleteSegmentsRequest{Segments: each(keys.Segments, SegmentKeyProto), Options: WriteOptionsProto(o)}
}

// SegmentKeys are the segments that a request means.
func SegmentKeys(p *metalogv1.DeleteSegmentsRequest) (metadata.SegmentKeys, error) {
	all, err := eachErr(p.GetSegments(), SegmentKey)
	return metadata.SegmentKeys{Segments: all}, err
}

// DeleteSegmentsResponse answers with those that weren't there.
func DeleteSegmentsResponse(d metadata.DeletedSegments) *metalogv1.DeleteSegmentsResponse {
	return &metalogv1.DeleteSegmentsResponse{Written: WrittenProto(d.Written), Absent: d.Absent}
}

// DeletedSegments reads which weren't there.
func DeletedSegments(p *metalogv1.DeleteSegmentsResponse) (metadata.DeletedSegments, error) {
	w, err := Written(p.GetWritten())
	return metadata.DeletedSegments{Written: w, Absent: p.GetAbsent()}, err
}

// ListSegmentsRequest asks what query does, without a page.
func ListSegmentsRequest(query metadata.SegmentsQuery) *metalogv1.ListSegmentsRequest {
	return &metalogv1.ListSegmentsRequest{
		Topic: query.Topic, Kind: enumProto[metalogv1.SegmentKind](query.Kind), Partition: query.Partition,
	}
}

// SegmentsQuery is what a request asks.
func SegmentsQuery(p *metalogv1.ListSegmentsRequest) metadata.SegmentsQuery {
	return metadata.SegmentsQuery{
		Topic: p.GetTopic(), Kind: enumPlain[metadata.SegmentKind](p.GetKind()), Partition: p.Partition,
	}
}
