package convert

import (
	"errors"

	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

// WatchRequest asks for the watch of o.
func WatchRequest(o metadata.WatchOptions) *metalogv1.WatchRequest {
	return &metalogv1.WatchRequest{
		FromRevision: o.From,
		InitialState: o.InitialState,
		Nouns:        each(o.Nouns, enumProto[metalogv1.Noun, metadata.Noun]),
		NamePrefix:   o.NamePrefix,
		TopicId:      idText(o.Topic),
	}
}

// WatchOptions is the watch that a request asks for.
func WatchOptions(p *metalogv1.WatchRequest) (metadata.WatchOptions, error) {
	id, err := topicID("topic_id", p.GetTopicId())
	return metadata.WatchOptions{
		From:         p.FromRevision,
		InitialState: p.GetInitialState(),
		Nouns:        each(p.GetNouns(), enumPlain[metadata.Noun, metalogv1.Noun]),
		NamePrefix:   p.GetNamePrefix(),
		Topic:        id,
	}, err
}

// WatchResponse is a step of a watch for the wire.
func WatchResponse(m metadata.WatchMessage) *metalogv1.WatchResponse {
	return &metalogv1.WatchResponse{
		Kind:      enumProto[metalogv1.WatchKind](m.Kind),
		Revision:  m.Revision,
		Previous:  m.Previous,
		TimeMs:    m.TimeMS,
		Operation: m.Operation,
		RequestId: idText(m.RequestID),
		Changes:   each(m.Changes, changeProto),
	}
}

// WatchMessage is a step of a watch from the wire.
func WatchMessage(p *metalogv1.WatchResponse) (metadata.WatchMessage, error) {
	id, errID := requestID(p.GetRequestId())
	changes, errChanges := eachErr(p.GetChanges(), change)
	return metadata.WatchMessage{
		Kind:      enumPlain[metadata.WatchKind](p.GetKind()),
		Revision:  p.GetRevision(),
		Previous:  p.GetPrevious(),
		TimeMS:    p.GetTimeMs(),
		Operation: p.GetOperation(),
		RequestID: id,
		Changes:   changes,
	}, errors.Join(errID, errChanges)
}

func changeProto(c metadata.Change) *metalogv1.Change {
	return &metalogv1.Change{Before: recordProto(c.Before), After: recordProto(c.After)}
}

func change(p *metalogv1.Change) (metadata.Change, error) {
	before, errBefore := record(p.GetBefore())
	after, errAfter := record(p.GetAfter())
	if err := errors.Join(errBefore, errAfter); err != nil {
		return metadata.Change{}, err
	}
	if before == nil && after == nil {
		return metadata.Change{}, Invalid("a change of nothing")
	}
	return metadata.Change{Before: before, After: after}, nil
}

func recordProto(r metadata.Record) *metalogv1.Record {
	switch r := r.(type) {
	case *metadata.Topic:
		return &metalogv1.Record{Record: &metalogv1.Record_Topic{Topic: TopicProto(r)}}
	case *metadata.Partition:
		return &metalogv1.Record{Record: &metalogv1.Record_Partition{Partition: PartitionProto(r)}}
	case *metadata.Broker:
		return &metalogv1.Record{Record: &metalogv1.Record_Broker{Broker: BrokerProto(r)}}
	case *metadata.ConfigRecord:
		return &metalogv1.Record{Record: &metalogv1.Record_Config{Config: configRecordProto(r)}}
	case *metadata.Group:
		return &metalogv1.Record{Record: &metalogv1.Record_Group{Group: GroupProto(r)}}
	case *metadata.Offset:
		return &metalogv1.Record{Record: &metalogv1.Record_Offset{Offset: OffsetProto(r)}}
	case *metadata.PendingOffset:
		return &metalogv1.Record{Record: &metalogv1.Record_PendingOffset{PendingOffset: PendingOffsetProto(r)}}
	case *metadata.Transaction:
		return &metalogv1.Record{Record: &metalogv1.Record_Transaction{Transaction: TransactionProto(r)}}
	case *metadata.Segment:
		return &metalogv1.Record{Record: &metalogv1.Record_Segment{Segment: SegmentProto(r)}}
	case *metadata.ClusterRecord:
		return &metalogv1.Record{Record: &metalogv1.Record_Cluster{Cluster: clusterRecordProto(r)}}
	default:
		return nil
	}
}

// record is nil for none. It never holds a nil of some type.
func record(p *metalogv1.Record) (metadata.Record, error) {
	switch r := p.GetRecord().(type) {
	case nil:
		return nil, nil
	case *metalogv1.Record_Topic:
		return Topic(r.Topic)
	case *metalogv1.Record_Partition:
		return Partition(r.Partition)
	case *metalogv1.Record_Broker:
		return Broker(r.Broker)
	case *metalogv1.Record_Config:
		return configRecord(r.Config), nil
	case *metalogv1.Record_Group:
		return Group(r.Group)
	case *metalogv1.Record_Offset:
		return Offset(r.Offset)
	case *metalogv1.Record_PendingOffset:
		return PendingOffset(r.PendingOffset)
	case *metalogv1.Record_Transaction:
		return Transaction(r.Transaction)
	case *metalogv1.Record_Segment:
		return Segment(r.Segment)
	case *metalogv1.Record_Cluster:
		return clusterRecord(r.Cluster), nil
	default:
		return nil, Invalid("a record of a kind that this build doesn't know")
	}
}

func configRecordProto(c *metadata.ConfigRecord) *metalogv1.ConfigRecord {
	return &metalogv1.ConfigRecord{
		Resource: ResourceProto(c.Resource), Configs: ConfigsProto(c.Configs),
		CreatedRevision: c.CreatedRevision, ModifiedRevision: c.ModifiedRevision,
	}
}

func configRecord(p *metalogv1.ConfigRecord) *metadata.ConfigRecord {
	return &metadata.ConfigRecord{
		Resource: Resource(p.GetResource()), Configs: Configs(p.GetConfigs()),
		CreatedRevision: p.GetCreatedRevision(), ModifiedRevision: p.GetModifiedRevision(),
	}
}

func clusterRecordProto(c *metadata.ClusterRecord) *metalogv1.ClusterRecord {
	return &metalogv1.ClusterRecord{FeatureLevel: c.FeatureLevel, NextProducerId: c.NextProducerID}
}

func clusterRecord(p *metalogv1.ClusterRecord) *metadata.ClusterRecord {
	return &metadata.ClusterRecord{FeatureLevel: p.GetFeatureLevel(), NextProducerID: p.GetNextProducerId()}
}
