package conformance

import (
	"fmt"
	"strings"

	"github.com/chronik-stream/metalog/metadata"
)

// showResponse is what an operation answers beside where it stands.
func showResponse(operation string, r metadata.Response) string {
	switch operation {
	case "CreateTopic":
		return fmt.Sprintf(" id=%s partitions=%d", showTopicID(r.TopicID), r.Partitions)
	case "RegisterBroker":
		return fmt.Sprintf(" epoch=%d", r.BrokerEpoch)
	case "AllocateProducerIDs":
		return fmt.Sprintf(" first=%d count=%d", r.ProducerID, metadata.ProducerIDBlock)
	case "InitProducer":
		return fmt.Sprintf(" pid=%d:%d", r.ProducerID, r.ProducerEpoch)
	case "AdvanceLogStart":
		return fmt.Sprintf(" lso=%d", r.LogStartOffset)
	case "PrepareTransaction":
		return showMarks(r.Marks)
	case "DeleteSegments":
		return showAbsent(r.Absent)
	default:
		return showFailed(r.Failed)
	}
}

// showAside is what a refusal answers beside its code: of InitProducer which
// transaction it aborts, of a batch which operation was at fault.
func showAside(r metadata.Response) string {
	switch {
	case r.Batch != nil:
		return " operation=" + showNumber(int64(r.Batch.Failed))
	case r.Marks != nil:
		return fmt.Sprintf(" pid=%d:%d", r.ProducerID, r.ProducerEpoch) + showMarks(r.Marks)
	default:
		return ""
	}
}

func showFailed(failed []metadata.ItemError) string {
	if len(failed) == 0 {
		return ""
	}
	const most = 4
	var out strings.Builder
	out.WriteString(" items")
	for _, f := range failed[:min(most, len(failed))] {
		fmt.Fprintf(&out, " %d:%s", f.Index, f.Code)
	}
	if len(failed) > most {
		fmt.Fprintf(&out, " and %d more", len(failed)-most)
	}
	return out.String()
}

func showAbsent(indexes []int32) string {
	if len(indexes) == 0 {
		return ""
	}
	return " absent=" + showBrokerIDs(indexes)
}

func showMarks(m *metadata.Marks) string {
	if m == nil {
		m = &metadata.Marks{}
	}
	return fmt.Sprintf(" mark=%s groups=%s", showPartitionKeys(m.Partitions), showNames(m.Groups))
}

func showPartitionKeys(keys []metadata.PartitionKey) string {
	texts := make([]string, 0, len(keys))
	for _, k := range keys {
		texts = append(texts, showPlace(k.Topic, k.Partition))
	}
	return showNames(texts)
}

// showPlace is a partition by its topic's id.
func showPlace(topic metadata.TopicID, partition int32) string {
	return fmt.Sprintf("%s/%d", showTopicID(topic), partition)
}

func showNames(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ",")
}
