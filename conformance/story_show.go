package conformance

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/chronik-stream/metalog/metadata"
)

func showTopic(t *metadata.Topic) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s id=%s partitions=%d rf=%d", t.Name, showTopicID(t.ID), t.Partitions, t.ReplicationFactor)
	for _, c := range t.Configs {
		fmt.Fprintf(&out, " %s=%s", c.Key, showValue(c.Value))
	}
	fmt.Fprintf(&out, " created=%s@%d updated=%s@%d", showTime(t.CreatedMS), t.CreatedRevision, showTime(t.UpdatedMS), t.ModifiedRevision)
	return out.String()
}

func showPartition(topic string) func(*metadata.Partition) string {
	return func(p *metadata.Partition) string {
		var out strings.Builder
		fmt.Fprintf(&out, "%s/%d leader=%s replicas=%s isr=%s leader_epoch=%d partition_epoch=%d",
			topic, p.Index, showBrokerID(p.Leader), showBrokerIDs(p.Replicas), showBrokerIDs(p.ISR), p.LeaderEpoch, p.PartitionEpoch)
		if p.HighWatermark != 0 || p.LogStartOffset != 0 || p.HighWatermarkEpoch != 0 {
			fmt.Fprintf(&out, " hwm=%d@%d lso=%d", p.HighWatermark, p.HighWatermarkEpoch, p.LogStartOffset)
		}
		if p.Reassignment != nil {
			fmt.Fprintf(&out, " adding=%s removing=%s", showBrokerIDs(p.Reassignment.Adding), showBrokerIDs(p.Reassignment.Removing))
		}
		fmt.Fprintf(&out, " @%d", p.ModifiedRevision)
		return out.String()
	}
}

func showBroker(b *metadata.Broker) string {
	var out strings.Builder
	fmt.Fprintf(&out, "broker %d %s epoch=%d inc=%s", b.ID, b.State, b.Epoch, strings.TrimRight(string(b.Incarnation[:]), "\x00"))
	for _, e := range b.Endpoints {
		fmt.Fprintf(&out, " %s://%s:%d", e.Name, e.Host, e.Port)
	}
	if b.Rack != "" {
		fmt.Fprintf(&out, " rack=%s", b.Rack)
	}
	fmt.Fprintf(&out, " registered=%s created=@%d updated=%s@%d", showTime(b.RegisteredMS), b.CreatedRevision, showTime(b.UpdatedMS), b.ModifiedRevision)
	return out.String()
}

// showTopicID writes tN for the ids that stories give.
func showTopicID(id metadata.TopicID) string {
	if n := binary.BigEndian.Uint32(id[12:]); topicID(n) == id {
		return fmt.Sprintf("t%d", n)
	}
	return id.String()
}

func showBrokerID(id int32) string {
	if id == metadata.NoLeader {
		return "none"
	}
	return strconv.Itoa(int(id))
}

func showBrokerIDs(ids []int32) string {
	if len(ids) == 0 {
		return "none"
	}
	texts := make([]string, 0, len(ids))
	for _, id := range ids {
		texts = append(texts, showBrokerID(id))
	}
	return strings.Join(texts, ",")
}

// showTime is how long after the stories' beginning.
func showTime(ms int64) string {
	return "+" + (time.Duration(ms-storyStart.UnixMilli()) * time.Millisecond).String()
}

// showValue quotes what wouldn't be seen, and shortens what would be too much.
func showValue(v string) string {
	if len(v) > 64 {
		return fmt.Sprintf("(%d bytes)", len(v))
	}
	if v == "" || strings.ContainsAny(v, " \"\t") {
		return strconv.Quote(v)
	}
	return v
}

// shown is what a read answers.
func shown[T any](got metadata.Read[T], err error, show func(T) string) (string, error) {
	if err != nil {
		return "", err
	}
	return show(got.Value), nil
}

// listed shows a list, a line each.
func listed[T any](what string, show func(T) string) func([]T) string {
	return func(values []T) string {
		if len(values) == 0 {
			return "no " + what
		}
		lines := make([]string, 0, len(values))
		for _, v := range values {
			lines = append(lines, show(v))
		}
		return strings.Join(lines, "\n")
	}
}
