package metadata

import (
	"crypto/sha256"
	"encoding/binary"
)

// A record's encoding is tag, key with its length, and body. It is what the
// digest sums up and what a snapshot holds; a tag is never used again for
// something else.
const (
	tagTopic       = 1
	tagPartition   = 2
	tagBroker      = 3
	tagConfig      = 4
	tagRequest     = 5
	tagGroup       = 6
	tagOffset      = 7
	tagPending     = 8
	tagTransaction = 9
	tagSegment     = 10
)

// hashOf is the hash of one record's encoding. It writes over what e held.
func hashOf[T any](e *encoder, encode func(*encoder, T), record T) recordHash {
	e.reset()
	encode(e, record)
	return sha256.Sum256(e.buf)
}

func encodeTopic(e *encoder, t *Topic) {
	e.uint(tagTopic)
	e.str(t.Name)
	e.id(t.ID)
	e.int(int64(t.Partitions))
	e.int(int64(t.ReplicationFactor))
	encodeConfigs(e, t.Configs)
	e.int(t.CreatedMS)
	e.int(t.UpdatedMS)
	e.uint(t.CreatedRevision)
	e.uint(t.ModifiedRevision)
}

func encodeConfigs(e *encoder, cs Configs) {
	e.list(len(cs))
	for i := range cs {
		e.str(cs[i].Key)
		e.str(cs[i].Value)
	}
}

// partitionKeyLen is a topic id and an index.
const partitionKeyLen = 16 + 4

func encodePartition(e *encoder, p *Partition) {
	e.uint(tagPartition)
	e.uint(partitionKeyLen)
	e.id(p.Topic)
	e.buf = binary.BigEndian.AppendUint32(e.buf, uint32(p.Index))
	e.int(int64(p.Leader))
	e.int(int64(p.LeaderEpoch))
	e.int(int64(p.PartitionEpoch))
	e.int32s(p.Replicas)
	e.int32s(p.ISR)
	e.bool(p.Reassignment != nil)
	if p.Reassignment != nil {
		e.int32s(p.Reassignment.Adding)
		e.int32s(p.Reassignment.Removing)
	}
	e.int(p.HighWatermark)
	e.int(p.LogStartOffset)
	e.int(int64(p.HighWatermarkEpoch))
	e.uint(p.CreatedRevision)
	e.uint(p.ModifiedRevision)
}

// brokerKeyLen is a broker id.
const brokerKeyLen = 4

func encodeBroker(e *encoder, b *Broker) {
	e.uint(tagBroker)
	e.uint(brokerKeyLen)
	e.buf = binary.BigEndian.AppendUint32(e.buf, uint32(b.ID))
	e.id(b.Incarnation)
	e.int(b.Epoch)
	e.uint(uint64(b.State))
	e.list(len(b.Endpoints))
	for i := range b.Endpoints {
		encodeEndpoint(e, &b.Endpoints[i])
	}
	e.str(b.Rack)
	e.int(b.RegisteredMS)
	e.int(b.UpdatedMS)
	e.uint(b.CreatedRevision)
	e.uint(b.ModifiedRevision)
}

func encodeEndpoint(e *encoder, p *Endpoint) {
	e.str(p.Name)
	e.str(p.Host)
	e.int(int64(p.Port))
	e.str(p.SecurityProtocol)
}

func encodeConfig(e *encoder, c *ConfigRecord) {
	e.uint(tagConfig)
	e.uint(uint64(1 + len(c.Resource.Name)))
	e.buf = append(e.buf, byte(c.Resource.Type))
	e.buf = append(e.buf, c.Resource.Name...)
	encodeConfigs(e, c.Configs)
	e.uint(c.CreatedRevision)
	e.uint(c.ModifiedRevision)
}

// requestKeyLen is a request id.
const requestKeyLen = 16

func encodeRequest(e *encoder, r *Result) {
	e.uint(tagRequest)
	e.uint(requestKeyLen)
	encodeAnswer(e, r)
}
