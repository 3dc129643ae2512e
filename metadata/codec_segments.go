package metadata

import "encoding/binary"

func encodeSegment(e *encoder, s *Segment) {
	e.uint(tagSegment)
	e.id(s.Topic)
	e.buf = binary.BigEndian.AppendUint32(e.buf, uint32(s.Partition))
	e.uint(uint64(s.Kind))
	e.str(s.ID)
	encodeSegmentInfo(e, &s.SegmentInfo)
	e.int(s.CreatedMS)
	e.uint(s.CreatedRevision)
	e.uint(s.ModifiedRevision)
}

func encodeSegmentInfo(e *encoder, s *SegmentInfo) {
	e.int(s.StartOffset)
	e.int(s.EndOffset)
	e.int(s.SizeBytes)
	e.int(s.Records)
	e.int(s.MinTimestampMS)
	e.int(s.MaxTimestampMS)
	e.str(s.Path)
	e.int(int64(s.RowGroups))
	e.str(s.Compression)
	e.str(s.TimePartition)
	e.str(s.SchemaFingerprint)
}

func decodeSegment(d *decoder) *Segment {
	s := &Segment{}
	s.Topic, s.Partition = d.id(), d.fixedInt32()
	s.Kind, s.ID = SegmentKind(d.small()), d.str()
	s.SegmentInfo = SegmentInfo{
		StartOffset:       d.int(),
		EndOffset:         d.int(),
		SizeBytes:         d.int(),
		Records:           d.int(),
		MinTimestampMS:    d.int(),
		MaxTimestampMS:    d.int(),
		Path:              d.str(),
		RowGroups:         d.int32(),
		Compression:       d.str(),
		TimePartition:     d.str(),
		SchemaFingerprint: d.str(),
	}
	s.CreatedMS, s.CreatedRevision, s.ModifiedRevision = d.int(), d.uint(), d.uint()
	return s
}
