package metadata

// SegmentKind tells a piece of the log from one in columns.
type SegmentKind uint8

// The kinds of segments.
const (
	SegmentLog SegmentKind = iota + 1
	SegmentParquet
)

func (k SegmentKind) String() string {
	switch k {
	case SegmentLog:
		return "log"
	case SegmentParquet:
		return "parquet"
	default:
		return "unknown"
	}
}

// SegmentKey names a segment.
type SegmentKey struct {
	Kind      SegmentKind
	Topic     TopicID
	Partition int32
	ID        string
}

// SegmentInfo is what a segment holds and where.
type SegmentInfo struct {
	StartOffset    int64
	EndOffset      int64 // the last in it; StartOffset-1: it is empty
	SizeBytes      int64
	Records        int64
	MinTimestampMS int64
	MaxTimestampMS int64
	Path           string // in the object store or on disk; opaque

	// Of a segment in columns; opaque.
	RowGroups         int32
	Compression       string
	TimePartition     string
	SchemaFingerprint string
}

// Segment is a stored piece of a partition. A published record never changes.
type Segment struct {
	SegmentKey
	SegmentInfo
	CreatedMS        int64
	CreatedRevision  uint64
	ModifiedRevision uint64
}

// SegmentSpec is a segment to store.
type SegmentSpec struct {
	SegmentKey
	SegmentInfo
}

// SegmentsSpec stores segments (S1).
type SegmentsSpec struct {
	Segments []SegmentSpec
	Replace  bool // one of the same name gives way; else only an identical one is accepted
}

// SegmentsQuery asks for a topic's segments (S3).
type SegmentsQuery struct {
	Topic     string
	Kind      SegmentKind
	Partition *int32 // nil: all
}

// DeletedSegments is what deleting some answers.
type DeletedSegments struct {
	Written
	Absent []int32 // indexes of those that weren't there; the others were removed
}
