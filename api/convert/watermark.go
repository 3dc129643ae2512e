package convert

import (
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

// WatermarkProto is a high watermark for the wire.
func WatermarkProto(w metadata.Watermark) *metalogv1.Watermark {
	return &metalogv1.Watermark{
		TopicId: idText(w.Topic), Partition: w.Partition, LeaderEpoch: w.LeaderEpoch, HighWatermark: w.HighWatermark,
	}
}

// Watermark is a high watermark from the wire.
func Watermark(p *metalogv1.Watermark) (metadata.Watermark, error) {
	id, err := topicID("topic_id", p.GetTopicId())
	return metadata.Watermark{
		Topic: id, Partition: p.GetPartition(), LeaderEpoch: p.GetLeaderEpoch(), HighWatermark: p.GetHighWatermark(),
	}, err
}

// CheckpointWatermarksRequest asks for a checkpoint.
func CheckpointWatermarksRequest(spec metadata.WatermarksSpec, o metadata.WriteOptions) *metalogv1.CheckpointWatermarksRequest {
	return &metalogv1.CheckpointWatermarksRequest{Watermarks: each(spec.Watermarks, WatermarkProto), Options: WriteOptionsProto(o)}
}

// WatermarksSpec is the checkpoint that a request asks for.
func WatermarksSpec(p *metalogv1.CheckpointWatermarksRequest) (metadata.WatermarksSpec, error) {
	all, err := eachErr(p.GetWatermarks(), Watermark)
	return metadata.WatermarksSpec{Watermarks: all}, err
}

// AdvanceLogStartRequest asks for a later log start.
func AdvanceLogStartRequest(spec metadata.LogStartSpec, o metadata.WriteOptions) *metalogv1.AdvanceLogStartRequest {
	return &metalogv1.AdvanceLogStartRequest{
		Topic: spec.Topic, Partition: spec.Partition, Offset: spec.Offset, Options: WriteOptionsProto(o),
	}
}

// LogStartSpec is the log start that a request asks for.
func LogStartSpec(p *metalogv1.AdvanceLogStartRequest) metadata.LogStartSpec {
	return metadata.LogStartSpec{Topic: p.GetTopic(), Partition: p.GetPartition(), Offset: p.GetOffset()}
}

// AdvanceLogStartResponse answers with where the log starts.
func AdvanceLogStartResponse(l metadata.LogStart) *metalogv1.AdvanceLogStartResponse {
	return &metalogv1.AdvanceLogStartResponse{Written: WrittenProto(l.Written), Offset: l.Offset}
}

// LogStart reads where the log starts.
func LogStart(p *metalogv1.AdvanceLogStartResponse) (metadata.LogStart, error) {
	w, err := Written(p.GetWritten())
	return metadata.LogStart{Written: w, Offset: p.GetOffset()}, err
}

// PartitionOffsets reads a partition's ends.
func PartitionOffsets(p *metalogv1.GetPartitionOffsetsResponse) (metadata.PartitionOffsets, error) {
	return metadata.PartitionOffsets{
		HighWatermark: p.GetHighWatermark(), LogStartOffset: p.GetLogStartOffset(), Known: p.GetKnown(),
	}, nil
}
