package conformance

import (
	"context"
	"fmt"
	"strings"

	"github.com/chronik-stream/metalog/metadata"
)

// watermarks reads tN/P=HWM@EPOCH; without an epoch it is 0, and P may be 0..9.
func (w *words) watermarks(text string) (out []metadata.Watermark) {
	where, what, _ := strings.Cut(text, "=")
	hwm, epoch, ok := strings.Cut(what, "@")
	if !ok {
		epoch = "0"
	}
	for _, p := range w.topicPartitions(where) {
		out = append(out, metadata.Watermark{
			Topic: w.topicID(p.Topic), Partition: p.Partition, LeaderEpoch: int32(w.parse(epoch)), HighWatermark: w.parse(hwm),
		})
	}
	return out
}

// checkpoint-watermarks tN/P=HWM@EPOCH...
func readCheckpointWatermarks(s *teller, w *words) write {
	var spec metadata.WatermarksSpec
	for len(w.rest) > 0 && w.err == nil {
		spec.Watermarks = append(spec.Watermarks, w.watermarks(w.next())...)
	}
	return write{
		held:  metadata.BatchOperation{CheckpointWatermarks: &spec},
		items: len(spec.Watermarks),
		do: func(ctx context.Context, opts []metadata.WriteOption) (metadata.Written, metadata.Response, error) {
			return committed(s.target.Store.CheckpointWatermarks(ctx, spec, opts...))
		},
	}
}

// advance-log-start TOPIC/P OFFSET
func readAdvanceLogStart(s *teller, w *words) write {
	var spec metadata.LogStartSpec
	spec.Topic, spec.Partition = w.partition(w.next())
	spec.Offset = w.parse(w.next())
	return write{
		held: metadata.BatchOperation{AdvanceLogStart: &spec},
		do: func(ctx context.Context, opts []metadata.WriteOption) (metadata.Written, metadata.Response, error) {
			got, err := s.target.Store.AdvanceLogStart(ctx, spec, opts...)
			return got.Written, metadata.Response{LogStartOffset: got.Offset}, err
		},
	}
}

// set-high-watermark tN/P=HWM@EPOCH
func readSetHighWatermark(s *teller, w *words) call {
	marks := w.watermarks(w.next())
	return func(ctx context.Context) (string, error) {
		for _, mark := range marks {
			if err := s.target.Store.SetHighWatermark(ctx, mark); err != nil {
				return "", err
			}
		}
		return "ok", nil
	}
}

func readPartitionOffsets(s *teller, w *words) call {
	topic, index := w.partition(w.next())
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.PartitionOffsets(ctx, topic, index)
		return shown(got, err, showPartitionOffsets)
	}
}

func showPartitionOffsets(o metadata.PartitionOffsets) string {
	known := ""
	if !o.Known {
		known = " (unknown)"
	}
	return fmt.Sprintf("hwm=%d%s lso=%d", o.HighWatermark, known, o.LogStartOffset)
}
