package conformance

import (
	"context"
	"strings"

	"github.com/chronik-stream/metalog/metadata"
)

// batch does the commands that are written below it, indented by two blanks.
// Among them, a line may say what is expected before: if RECORD exists, absent
// or at=REVISION.
func readBatch(s *teller, w *words) write {
	var spec metadata.BatchSpec
	var holds []string
	hold := func(inner words) {
		switch v := s.verbs[inner.name]; {
		case inner.name == "if":
			spec.Preconditions = append(spec.Preconditions, inner.precondition())
		case v.write != nil:
			spec.Operations = append(spec.Operations, v.write(s, &inner).held)
			holds = append(holds, v.operation)
		default:
			inner.fail("%s is nothing that a batch does", inner.name)
		}
		if err := inner.done(); err != nil {
			w.fail("%v", err)
		}
	}
	for _, inner := range w.takeBelow() {
		times := int64(1)
		if inner.name == "repeat" {
			times, inner = inner.again()
		}
		for range times {
			hold(inner)
		}
	}
	return write{
		held:  metadata.BatchOperation{Batch: &spec},
		holds: holds,
		do: func(ctx context.Context, opts []metadata.WriteOption) (metadata.Written, metadata.Response, error) {
			got, err := s.target.Store.Batch(ctx, spec, opts...)
			return got.Written, metadata.Response{Batch: &metadata.BatchAnswers{Operations: got.Answers, Failed: got.FailedOperation}}, err
		},
	}
}

// precondition reads RECORD exists|absent|at=REVISION.
func (w *words) precondition() metadata.Precondition {
	if text, ok := w.optional("at"); ok {
		return metadata.Precondition{Record: w.key(), Expected: metadata.ExpectRevision, Revision: uint64(w.parse(text))}
	}
	switch {
	case w.flag("exists"):
		return metadata.Precondition{Record: w.key(), Expected: metadata.ExpectExists}
	case w.flag("absent"):
		return metadata.Precondition{Record: w.key(), Expected: metadata.ExpectAbsent}
	default:
		return metadata.Precondition{Record: w.key()}
	}
}

// key reads a record's noun and what names it: topic NAME, partition tN/P,
// broker ID, config TYPE/NAME, group NAME, offset GROUP tN/P, transaction NAME,
// segment KIND tN/P/ID.
func (w *words) key() metadata.Key {
	noun := w.noun(w.next())
	k := metadata.Key{Noun: noun}
	switch noun {
	case metadata.NounCluster: // has no name
	case metadata.NounTopic, metadata.NounGroup, metadata.NounTransaction:
		k.Name = w.value(w.next())
	case metadata.NounPartition:
		k.Topic, k.Partition = w.place(w.next())
	case metadata.NounBroker:
		k.Number = w.parse(w.next())
	case metadata.NounConfig:
		r := w.resource(w.next())
		k.Name, k.Number = r.Name, int64(r.Type)
	case metadata.NounOffset, metadata.NounPendingOffset:
		k.Number = w.number("pid", 0)
		k.Name = w.next()
		k.Topic, k.Partition = w.place(w.next())
	case metadata.NounSegment:
		for _, key := range w.segmentKeys(w.segmentKind(), w.next()) {
			k.Topic, k.Partition, k.Number, k.Name = key.Topic, key.Partition, int64(key.Kind), key.ID
		}
	}
	return k
}

// place reads tN/P.
func (w *words) place(text string) (topic metadata.TopicID, partition int32) {
	name, index := w.partition(text)
	return w.topicID(name), index
}

// noun reads one by name, as they are shown, or by number.
func (w *words) noun(text string) metadata.Noun {
	for n := metadata.NounTopic; n < metadata.NounCluster; n++ {
		if n.String() == text && text != "unknown" {
			return n
		}
	}
	if text == metadata.NounCluster.String() {
		return metadata.NounCluster
	}
	return metadata.Noun(w.parse(strings.TrimPrefix(text, "noun=")))
}
