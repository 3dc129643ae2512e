package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/chronik-stream/metalog/metadata"
)

// committedView is a committed offset as a record.
type committedView struct {
	Group             string `json:"group"`
	Topic             string `json:"topic"`
	TopicID           string `json:"topic_id"`
	Partition         int32  `json:"partition"`
	Offset            int64  `json:"offset"`
	LeaderEpoch       int32  `json:"leader_epoch"`
	Metadata          string `json:"metadata"`
	Committed         string `json:"committed"`
	CommittedRevision uint64 `json:"committed_revision"`
	CreatedRevision   uint64 `json:"created_revision"`
	ModifiedRevision  uint64 `json:"modified_revision"`
}

// pendingView is an offset in an open transaction as a record.
type pendingView struct {
	ProducerID  int64  `json:"producer_id"`
	Group       string `json:"group"`
	Topic       string `json:"topic"`
	TopicID     string `json:"topic_id"`
	Partition   int32  `json:"partition"`
	Offset      int64  `json:"offset"`
	LeaderEpoch int32  `json:"leader_epoch"`
	Metadata    string `json:"metadata"`
	Committed   string `json:"committed"`
	Revision    uint64 `json:"revision"`
}

// configRecordView is a resource's configuration as a record.
type configRecordView struct {
	Resource         string            `json:"resource"`
	Configs          map[string]string `json:"configs"`
	CreatedRevision  uint64            `json:"created_revision"`
	ModifiedRevision uint64            `json:"modified_revision"`
}

// clusterView is what isn't a record.
type clusterView struct {
	FeatureLevel   uint32 `json:"feature_level"`
	NextProducerID int64  `json:"next_producer_id"`
}

// viewRecord is any record as it is printed; nil for none.
func viewRecord(ctx context.Context, names *namer, record metadata.Record) any {
	switch r := record.(type) {
	case *metadata.Topic:
		return viewTopic(r, false)
	case *metadata.Partition:
		return viewPartition(names.of(ctx, r.Topic), r, false)
	case *metadata.Broker:
		return viewBroker(r, false)
	case *metadata.ConfigRecord:
		return configRecordView{
			Resource: resourceText(r.Resource), Configs: viewConfigs(r.Configs),
			CreatedRevision: r.CreatedRevision, ModifiedRevision: r.ModifiedRevision,
		}
	case *metadata.Group:
		return viewGroup(r, false)
	case *metadata.Offset:
		return committedView{
			Group: r.Group, Topic: names.of(ctx, r.Topic), TopicID: r.Topic.String(), Partition: r.Partition,
			Offset: r.Offset, LeaderEpoch: r.LeaderEpoch, Metadata: r.Metadata,
			Committed: clock(r.CommittedMS), CommittedRevision: r.CommittedRevision,
			CreatedRevision: r.CreatedRevision, ModifiedRevision: r.ModifiedRevision,
		}
	case *metadata.PendingOffset:
		return pendingView{
			ProducerID: r.ProducerID, Group: r.Group, Topic: names.of(ctx, r.Topic), TopicID: r.Topic.String(),
			Partition: r.Partition, Offset: r.Offset, LeaderEpoch: r.LeaderEpoch, Metadata: r.Metadata,
			Committed: clock(r.CommittedMS), Revision: r.Revision,
		}
	case *metadata.Transaction:
		return viewTxn(ctx, names, r, false)
	case *metadata.Segment:
		return viewSegment(names.of(ctx, r.Topic), r, false)
	case *metadata.ClusterRecord:
		return clusterView{FeatureLevel: r.FeatureLevel, NextProducerID: r.NextProducerID}
	default:
		return nil
	}
}

// keyText names a record among those of its noun.
func keyText(ctx context.Context, names *namer, k metadata.Key) string {
	place := func() string { return placeText(names.of(ctx, k.Topic), k.Partition) }
	switch k.Noun {
	case metadata.NounPartition:
		return place()
	case metadata.NounBroker:
		return strconv.FormatInt(k.Number, 10)
	case metadata.NounConfig:
		return resourceText(metadata.Resource{Type: metadata.ResourceType(k.Number), Name: k.Name})
	case metadata.NounOffset:
		return k.Name + " " + place()
	case metadata.NounPendingOffset:
		return fmt.Sprintf("%s %s producer %d", k.Name, place(), k.Number)
	case metadata.NounSegment:
		return fmt.Sprintf("%s/%s %s", place(), k.Name, metadata.SegmentKind(k.Number))
	case metadata.NounCluster:
		return "-"
	default:
		return k.Name
	}
}
