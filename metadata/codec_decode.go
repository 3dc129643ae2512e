package metadata

import (
	"encoding/binary"
	"slices"
)

// The decoders read a record's encoding after its tag. What they return is of
// use only if the decoder ends without an error.

func decodeTopic(d *decoder) *Topic {
	return &Topic{
		Name:              d.str(),
		ID:                d.id(),
		Partitions:        d.int32(),
		ReplicationFactor: d.int32(),
		Configs:           decodeConfigs(d),
		CreatedMS:         d.int(),
		UpdatedMS:         d.int(),
		CreatedRevision:   d.uint(),
		ModifiedRevision:  d.uint(),
	}
}

func decodeConfigs(d *decoder) Configs {
	n := d.list()
	if n == 0 {
		return nil
	}
	cs := make(Configs, 0, min(n, MaxItems))
	for range n {
		c := Config{Key: d.str(), Value: d.str()}
		if d.err != nil {
			return nil
		}
		if len(cs) > 0 && c.Key <= cs[len(cs)-1].Key {
			d.fail(errOrder)
			return nil
		}
		cs = append(cs, c)
	}
	return cs
}

func decodePartition(d *decoder) *Partition {
	key := d.key(partitionKeyLen)
	p := &Partition{
		Topic:          key.id(),
		Index:          key.fixedInt32(),
		Leader:         d.int32(),
		LeaderEpoch:    d.int32(),
		PartitionEpoch: d.int32(),
		Replicas:       d.int32s(),
		ISR:            d.int32s(),
	}
	if slices.Equal(p.ISR, p.Replicas) {
		p.ISR = p.Replicas
	}
	if d.bool() {
		p.Reassignment = &Reassignment{Adding: d.int32s(), Removing: d.int32s()}
	}
	p.HighWatermark = d.int()
	p.LogStartOffset = d.int()
	p.HighWatermarkEpoch = d.int32()
	p.CreatedRevision = d.uint()
	p.ModifiedRevision = d.uint()
	return p
}

func decodeBroker(d *decoder) *Broker {
	key := d.key(brokerKeyLen)
	return &Broker{
		ID:               key.fixedInt32(),
		Incarnation:      d.id(),
		Epoch:            d.int(),
		State:            BrokerState(d.small()),
		Endpoints:        decodeList(d, decodeEndpoint),
		Rack:             d.str(),
		RegisteredMS:     d.int(),
		UpdatedMS:        d.int(),
		CreatedRevision:  d.uint(),
		ModifiedRevision: d.uint(),
	}
}

func decodeEndpoint(d *decoder) Endpoint {
	return Endpoint{Name: d.str(), Host: d.str(), Port: d.int32(), SecurityProtocol: d.str()}
}

// decodeList returns nil for an empty list, and what it allocates is bounded by
// what it reads.
func decodeList[T any](d *decoder, item func(*decoder) T) []T {
	n := d.list()
	if n == 0 {
		return nil
	}
	out := make([]T, 0, min(n, MaxItems))
	for range n {
		v := item(d)
		if d.err != nil {
			return nil
		}
		out = append(out, v)
	}
	return out
}

func decodeConfig(d *decoder) *ConfigRecord {
	key := decoder{buf: d.bytes()}
	resource := Resource{Type: ResourceType(key.byte())}
	resource.Name = key.text(key.buf)
	c := &ConfigRecord{
		Resource:         resource,
		Configs:          decodeConfigs(d),
		CreatedRevision:  d.uint(),
		ModifiedRevision: d.uint(),
	}
	if key.err != nil {
		d.fail(key.err)
	}
	return c
}

func decodeRequest(d *decoder) Result {
	if d.uint() != requestKeyLen {
		d.fail(errRange)
	}
	return decodeAnswer(d, maxNesting)
}

// key returns a decoder for a record's key, which has n bytes.
func (d *decoder) key(n uint64) *decoder {
	if d.uint() != n {
		d.fail(errRange)
	}
	b := d.take(n)
	return &decoder{buf: b, err: d.err}
}

func (d *decoder) fixedInt32() int32 {
	b := d.take(4)
	if b == nil {
		return 0
	}
	return int32(binary.BigEndian.Uint32(b))
}
