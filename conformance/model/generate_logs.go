package model

import (
	"strconv"

	"github.com/chronik-stream/metalog/metadata"
)

func (g *generator) onLogs() metadata.BatchOperation {
	switch g.upTo(6) {
	case 0, 1:
		return metadata.BatchOperation{CheckpointWatermarks: &metadata.WatermarksSpec{Watermarks: several(g.drawer, 3, g.mark)}}
	case 2, 3:
		tp := g.partition()
		return metadata.BatchOperation{AdvanceLogStart: &metadata.LogStartSpec{
			Topic: tp.Topic, Partition: tp.Partition, Offset: int64(mostly(g.drawer, g.upTo(25), -1, -1, -2)),
		}}
	case 4, 5:
		return metadata.BatchOperation{PutSegments: &metadata.SegmentsSpec{Segments: several(g.drawer, 3, g.segment), Replace: g.seldom(3)}}
	default:
		return metadata.BatchOperation{DeleteSegments: &metadata.SegmentKeys{Segments: several(g.drawer, 3, g.segmentKey)}}
	}
}

// mark is a high watermark under the present leader, mostly.
func (g *generator) mark() metadata.Watermark {
	w := metadata.Watermark{Topic: g.topicID()}
	if name := g.node.nameOf(w.Topic); name != "" {
		w.Partition = int32(g.upTo(int(g.node.topics[name].Partitions) - 1))
	}
	w.Partition = mostly(g.drawer, w.Partition, maxTotal+1)
	epoch := g.node.partitions[metadata.PartitionKey{Topic: w.Topic, Partition: w.Partition}].LeaderEpoch
	w.LeaderEpoch = mostly(g.drawer, epoch, epoch-1, epoch+1)
	w.HighWatermark = int64(mostly(g.drawer, g.upTo(20), -1))
	return w
}

func (g *generator) segmentKey() metadata.SegmentKey {
	return metadata.SegmentKey{
		Kind: mostly(g.drawer, metadata.SegmentLog, metadata.SegmentParquet, 0, 9), Topic: g.topicID(),
		Partition: mostly(g.drawer, int32(g.upTo(1)), maxTotal+1), ID: mostly(g.drawer, pick(g.drawer, []string{"s", "r"}), ""),
	}
}

func (g *generator) segment() metadata.SegmentSpec {
	start := int64(g.upTo(3)) * 5
	s := metadata.SegmentSpec{SegmentKey: g.segmentKey(), SegmentInfo: metadata.SegmentInfo{
		StartOffset: start, EndOffset: start + int64(mostly(g.drawer, 4, -1, -2)),
		SizeBytes: mostly(g.drawer, int64(100), -1), Records: 5, MinTimestampMS: -1, MaxTimestampMS: 7, Path: "p" + strconv.Itoa(int(start)),
	}}
	if s.Kind == metadata.SegmentParquet {
		s.RowGroups, s.Compression, s.TimePartition, s.SchemaFingerprint = 2, "zstd", "2026", "f"
	}
	return s
}
