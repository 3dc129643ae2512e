package metadata

import (
	"bytes"
	"cmp"
)

// Noun is a kind of record. The numbers are those of the records' encoding.
type Noun uint8

// The nouns, in the order in which a watch and a snapshot give them.
const (
	NounTopic         Noun = tagTopic
	NounPartition     Noun = tagPartition
	NounBroker        Noun = tagBroker
	NounConfig        Noun = tagConfig
	NounGroup         Noun = tagGroup
	NounOffset        Noun = tagOffset
	NounPendingOffset Noun = tagPending
	NounTransaction   Noun = tagTransaction
	NounSegment       Noun = tagSegment
	NounCluster       Noun = 0xff // what isn't a record: feature level, producer ids
)

func (n Noun) String() string {
	switch n {
	case NounTopic:
		return "topic"
	case NounPartition:
		return "partition"
	case NounBroker:
		return "broker"
	case NounConfig:
		return "config"
	case NounGroup:
		return "group"
	case NounOffset:
		return "offset"
	case NounPendingOffset:
		return "pending_offset"
	case NounTransaction:
		return "transaction"
	case NounSegment:
		return "segment"
	case NounCluster:
		return "cluster"
	default:
		return "unknown"
	}
}

// Known reports whether there is such a noun.
func (n Noun) Known() bool { return n.String() != "unknown" }

// Key names a record. What it needs depends on the noun; the rest is zero.
type Key struct {
	Noun      Noun
	Name      string  // of a topic, group, transaction, config or segment; of an offset its group
	Topic     TopicID // of a partition, offset or segment
	Partition int32   // likewise
	Number    int64   // a broker's id, a config's resource type, a segment's kind, a pending offset's producer
}

// Compare orders keys: by noun, then as lists of that noun are sorted.
func (k Key) Compare(o Key) int {
	return cmp.Or(
		cmp.Compare(k.Noun, o.Noun),
		k.compareInNoun(o),
	)
}

func (k Key) compareInNoun(o Key) int {
	place := cmp.Or(bytes.Compare(k.Topic[:], o.Topic[:]), cmp.Compare(k.Partition, o.Partition))
	if k.Noun == NounSegment {
		return cmp.Or(place, cmp.Compare(k.Number, o.Number), cmp.Compare(k.Name, o.Name))
	}
	if k.Noun == NounConfig {
		return cmp.Or(cmp.Compare(k.Number, o.Number), cmp.Compare(k.Name, o.Name))
	}
	return cmp.Or(cmp.Compare(k.Name, o.Name), cmp.Compare(k.Number, o.Number), place)
}

// Record is one of *Topic, *Partition, *Broker, *ConfigRecord, *Group, *Offset,
// *PendingOffset, *Transaction, *Segment and *ClusterRecord.
type Record interface {
	Key() Key
}

// ClusterRecord is what a watch shows of the state beside its records.
type ClusterRecord struct {
	FeatureLevel   uint32
	NextProducerID int64
}

// Key is Record's.
func (t *Topic) Key() Key { return Key{Noun: NounTopic, Name: t.Name} }

// Key is Record's.
func (p *Partition) Key() Key {
	return Key{Noun: NounPartition, Topic: p.Topic, Partition: p.Index}
}

// Key is Record's.
func (b *Broker) Key() Key { return Key{Noun: NounBroker, Number: int64(b.ID)} }

// Key is Record's.
func (c *ConfigRecord) Key() Key {
	return Key{Noun: NounConfig, Name: c.Resource.Name, Number: int64(c.Resource.Type)}
}

// Key is Record's.
func (g *Group) Key() Key { return Key{Noun: NounGroup, Name: g.ID} }

// Key is Record's.
func (o *Offset) Key() Key {
	return Key{Noun: NounOffset, Name: o.Group, Topic: o.Topic, Partition: o.Partition}
}

// Key is Record's.
func (o *PendingOffset) Key() Key {
	return Key{Noun: NounPendingOffset, Name: o.Group, Topic: o.Topic, Partition: o.Partition, Number: o.ProducerID}
}

// Key is Record's.
func (t *Transaction) Key() Key { return Key{Noun: NounTransaction, Name: t.ID} }

// Key is Record's.
func (s *Segment) Key() Key {
	return Key{Noun: NounSegment, Name: s.ID, Topic: s.Topic, Partition: s.Partition, Number: int64(s.Kind)}
}

// Key is Record's.
func (c *ClusterRecord) Key() Key { return Key{Noun: NounCluster} }
