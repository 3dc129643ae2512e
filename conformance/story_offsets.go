package conformance

import (
	"context"
	"fmt"
	"strings"

	"github.com/chronik-stream/metalog/metadata"
)

// commit-offsets GROUP [gen=G] [member=M] [instance=I] {TOPIC/P=OFFSET@EPOCH:TEXT}...
// Epoch and text may be missing, P may be 0..9, and a text of @N is N letters.
func readCommitOffsets(s *teller, w *words) write {
	spec := w.offsets()
	return write{
		held:  metadata.BatchOperation{CommitOffsets: &spec},
		items: len(spec.Offsets),
		do: func(ctx context.Context, opts []metadata.WriteOption) (metadata.Written, metadata.Response, error) {
			return committed(s.target.Store.CommitOffsets(ctx, spec, opts...))
		},
	}
}

// offsets reads what is committed for a group, in a transaction or not.
func (w *words) offsets() metadata.OffsetsSpec {
	spec := metadata.OffsetsSpec{
		Generation: int32(w.number("gen", int64(metadata.NoGeneration))),
		MemberID:   w.text("member"),
		InstanceID: w.text("instance"),
		Group:      w.value(w.next()),
	}
	for len(w.rest) > 0 && w.err == nil {
		where, what, _ := strings.Cut(w.next(), "=")
		what, text, _ := strings.Cut(what, ":")
		offset, epoch, known := strings.Cut(what, "@")
		if !known {
			epoch = "-1"
		}
		for _, p := range w.topicPartitions(where) {
			spec.Offsets = append(spec.Offsets, metadata.OffsetCommit{
				Topic: p.Topic, Partition: p.Partition, Offset: w.parse(offset), LeaderEpoch: int32(w.parse(epoch)), Metadata: w.value(text),
			})
		}
	}
	return spec
}

// topicPartitions reads TOPIC/P, where P may be 0..9.
func (w *words) topicPartitions(text string) (out []metadata.TopicPartition) {
	topic, where, ok := strings.Cut(text, "/")
	if !ok {
		w.fail("%s: %q isn't TOPIC/PARTITION", w.name, text)
		return nil
	}
	first, last, isRange := strings.Cut(where, "..")
	if !isRange {
		last = first
	}
	for i := w.parse(first); i <= w.parse(last) && w.err == nil; i++ {
		out = append(out, metadata.TopicPartition{Topic: w.value(topic), Partition: int32(i)})
	}
	return out
}

// allTopicPartitions reads what is left of the line.
func (w *words) allTopicPartitions() (out []metadata.TopicPartition) {
	for len(w.rest) > 0 && w.err == nil {
		out = append(out, w.topicPartitions(w.next())...)
	}
	return out
}

// delete-offsets GROUP TOPIC/P...
func readDeleteOffsets(s *teller, w *words) write {
	ref := metadata.OffsetsRef{Group: w.next(), Partitions: w.allTopicPartitions()}
	return write{
		held:  metadata.BatchOperation{DeleteOffsets: &ref},
		items: len(ref.Partitions),
		do: func(ctx context.Context, opts []metadata.WriteOption) (metadata.Written, metadata.Response, error) {
			return committed(s.target.Store.DeleteOffsets(ctx, ref, opts...))
		},
	}
}

// fetch-offsets GROUP [stable] [TOPIC/P]... asks for all if none is named.
func readFetchOffsets(s *teller, w *words) call {
	query := metadata.OffsetsQuery{RequireStable: w.flag("stable"), Group: w.next(), Partitions: w.allTopicPartitions()}
	return func(ctx context.Context) (string, error) {
		got, err := s.target.Store.FetchOffsets(ctx, query)
		for _, o := range got.Value {
			s.met.Items.add("FetchOffsets", o.Code, 1)
		}
		return shown(got, err, listed("offsets", showFetched))
	}
}

func showFetched(o metadata.FetchedOffset) string {
	where := fmt.Sprintf("%s/%d ", o.Topic, o.Partition)
	if o.Code != metadata.CodeNone {
		return fmt.Sprintf("%s%s (%d) offset=%d", where, o.Code, o.Code, o.Offset)
	}
	return where + showCommit(o.Offset, o.LeaderEpoch, o.Metadata)
}

func showCommit(offset int64, epoch int32, text string) string {
	out := fmt.Sprintf("offset=%d@%d", offset, epoch)
	if text != "" {
		out += " " + showValue(text)
	}
	return out
}

func showOffset(o *metadata.Offset) string {
	return fmt.Sprintf("%s %s %s committed=%s@%d created=@%d @%d", o.Group, showPlace(o.Topic, o.Partition),
		showCommit(o.Offset, o.LeaderEpoch, o.Metadata), showTime(o.CommittedMS), o.CommittedRevision, o.CreatedRevision, o.ModifiedRevision)
}

func showPendingOffset(o *metadata.PendingOffset) string {
	return fmt.Sprintf("%s %s pid=%d %s committed=%s @%d", o.Group, showPlace(o.Topic, o.Partition), o.ProducerID,
		showCommit(o.Offset, o.LeaderEpoch, o.Metadata), showTime(o.CommittedMS), o.Revision)
}
