package metadata

import (
	"fmt"

	"github.com/chronik-stream/metalog/metadata/eventpb"
)

func encodePrecondition(e *encoder, p *eventpb.Precondition) {
	k := p.GetRecord()
	e.int(int64(k.GetNoun()))
	e.str(k.GetName())
	e.id(idFromEvent(k.GetTopicId()))
	e.int(int64(k.GetPartition()))
	e.int(int64(k.GetNumber()))
	switch p.GetExpected().(type) {
	case *eventpb.Precondition_Exists:
		e.uint(1)
	case *eventpb.Precondition_Absent:
		e.uint(2)
	case *eventpb.Precondition_ModifiedRevision:
		e.uint(3)
		e.uint(p.GetModifiedRevision())
	default:
		e.uint(0)
	}
}

func (s *State) checkPrecondition(p *eventpb.Precondition) *refusal {
	key := keyOfPrecondition(p.GetRecord())
	modified, known := s.modified(key)
	if !known {
		return refuse(CodeInvalidRequest, "there is no record of that kind to expect anything of")
	}
	switch want := p.GetExpected().(type) {
	case *eventpb.Precondition_Exists:
		if modified == 0 {
			return notThere(key)
		}
	case *eventpb.Precondition_Absent:
		if modified != 0 {
			return refuse(CodeInvalidUpdateVersion, "%s is there, and was expected not to be: read again and decide anew", key)
		}
	case *eventpb.Precondition_ModifiedRevision:
		if modified == 0 {
			return notThere(key)
		}
		if modified != want.ModifiedRevision {
			return refuse(CodeInvalidUpdateVersion, "%s was last changed at revision %d, not %d: read it again and decide anew", key, modified, want.ModifiedRevision)
		}
	default:
		return refuse(CodeInvalidRequest, "nothing is expected of %s: say exists, absent or its revision", key)
	}
	return nil
}

func notThere(key Key) *refusal {
	return refuse(CodeInvalidUpdateVersion, "%s isn't there, and was expected to be: read again and decide anew", key)
}

func keyOfPrecondition(k *eventpb.RecordKey) Key {
	noun := Noun(0)
	if n := k.GetNoun(); n > 0 && n <= eventpb.Noun_NOUN_SEGMENT {
		noun = Noun(n)
	}
	return Key{
		Noun: noun, Name: k.GetName(), Topic: TopicID(idFromEvent(k.GetTopicId())),
		Partition: k.GetPartition(), Number: int64(k.GetNumber()),
	}
}

// String names the record for people.
func (k Key) String() string {
	text := k.Noun.String()
	switch k.Noun {
	case NounBroker:
		return fmt.Sprintf("%s %d", text, k.Number)
	case NounPartition:
		return fmt.Sprintf("%s %d of topic %s", text, k.Partition, k.Topic)
	case NounOffset, NounPendingOffset:
		return fmt.Sprintf("%s of group %s for partition %d of topic %s", text, quote(k.Name), k.Partition, k.Topic)
	case NounSegment:
		return fmt.Sprintf("%s %s %s of partition %d of topic %s", SegmentKind(k.Number), text, quote(k.Name), k.Partition, k.Topic)
	case NounConfig:
		return fmt.Sprintf("%s of %s %s", text, ResourceType(k.Number), quote(k.Name))
	default:
		return text + " " + quote(k.Name)
	}
}

// modified is when a record was last changed, 0 if it isn't there; known is
// false if the key can't name one.
func (s *State) modified(k Key) (revision uint64, known bool) {
	switch k.Noun {
	case NounTopic:
		return modifiedOf(s.topics.get(k.Name), func(e *topicEntry) uint64 { return e.topic.ModifiedRevision }), true
	case NounPartition:
		if e := s.topicByID(k.Topic); e != nil {
			return modifiedOf(e.partition(k.Partition), func(p *Partition) uint64 { return p.ModifiedRevision }), true
		}
		return 0, true
	case NounBroker:
		return modifiedOf(s.brokers.get(int32(k.Number)), func(b *Broker) uint64 { return b.ModifiedRevision }), true
	case NounConfig:
		if k.Number <= int64(ResourceTopic) || k.Number > int64(ResourceGroup) { // a topic's are part of its own record
			return 0, false
		}
		r := Resource{Type: ResourceType(k.Number), Name: k.Name}
		return modifiedOf(s.config(r), func(c *ConfigRecord) uint64 { return c.ModifiedRevision }), true
	case NounGroup:
		return modifiedOf(s.groups.get(k.Name), func(e *groupEntry) uint64 { return e.group.ModifiedRevision }), true
	case NounOffset:
		if e := s.groups.get(k.Name); e != nil {
			o := e.offsets.get(placeKey(PartitionKey{k.Topic, k.Partition}))
			return modifiedOf(o, func(o *Offset) uint64 { return o.ModifiedRevision }), true
		}
		return 0, true
	case NounTransaction:
		return modifiedOf(s.transactions.get(k.Name), func(t *Transaction) uint64 { return t.ModifiedRevision }), true
	case NounSegment:
		if k.Number < int64(SegmentLog) || k.Number > int64(SegmentParquet) {
			return 0, false
		}
		seg := s.segments.get(segmentKey(SegmentKey{Kind: SegmentKind(k.Number), Topic: k.Topic, Partition: k.Partition, ID: k.Name}))
		return modifiedOf(seg, func(s *Segment) uint64 { return s.ModifiedRevision }), true
	default:
		return 0, false
	}
}

func modifiedOf[T any](record *T, revision func(*T) uint64) uint64 {
	if record == nil {
		return 0
	}
	return revision(record)
}
