package convert

import (
	"google.golang.org/protobuf/proto"

	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

// BatchRequest asks for the batch of spec. It fails for an operation that isn't
// exactly one.
func BatchRequest(spec metadata.BatchSpec, o metadata.WriteOptions) (*metalogv1.BatchRequest, error) {
	p, err := batchProto(allOperations(), spec)
	if err != nil {
		return nil, err
	}
	p.Options = WriteOptionsProto(o)
	return p, nil
}

func batchProto(rows []operationRow, spec metadata.BatchSpec) (*metalogv1.BatchRequest, error) {
	operations, err := eachErr(spec.Operations, func(o metadata.BatchOperation) (*metalogv1.BatchOperation, error) {
		return operationProto(rows, o)
	})
	return &metalogv1.BatchRequest{Preconditions: each(spec.Preconditions, preconditionProto), Operations: operations}, err
}

// BatchSpec is the batch that a request asks for. Its operations are requests
// without options.
func BatchSpec(p *metalogv1.BatchRequest) (metadata.BatchSpec, error) {
	return batchSpec(allOperations(), p)
}

func batchSpec(rows []operationRow, p *metalogv1.BatchRequest) (metadata.BatchSpec, error) {
	preconditions, err := eachErr(p.GetPreconditions(), precondition)
	if err != nil {
		return metadata.BatchSpec{}, err
	}
	operations, err := eachErr(p.GetOperations(), func(p *metalogv1.BatchOperation) (metadata.BatchOperation, error) {
		return operation(rows, p)
	})
	return metadata.BatchSpec{Preconditions: preconditions, Operations: operations}, err
}

func preconditionProto(c metadata.Precondition) *metalogv1.Precondition {
	p := &metalogv1.Precondition{Record: KeyProto(c.Record)}
	switch c.Expected {
	case metadata.ExpectExists:
		p.Expected = &metalogv1.Precondition_Exists{Exists: true}
	case metadata.ExpectAbsent:
		p.Expected = &metalogv1.Precondition_Absent{Absent: true}
	case metadata.ExpectRevision:
		p.Expected = &metalogv1.Precondition_ModifiedRevision{ModifiedRevision: c.Revision}
	}
	return p
}

// precondition leaves one that expects nothing to the state machine's refusal.
func precondition(p *metalogv1.Precondition) (metadata.Precondition, error) {
	key, err := Key(p.GetRecord())
	c := metadata.Precondition{Record: key}
	switch {
	case p.GetExists():
		c.Expected = metadata.ExpectExists
	case p.GetAbsent():
		c.Expected = metadata.ExpectAbsent
	default:
		if e, ok := p.GetExpected().(*metalogv1.Precondition_ModifiedRevision); ok {
			c.Expected, c.Revision = metadata.ExpectRevision, e.ModifiedRevision
		}
	}
	return c, err
}

// KeyProto names a record for the wire.
func KeyProto(k metadata.Key) *metalogv1.RecordKey {
	return &metalogv1.RecordKey{
		Noun: enumProto[metalogv1.Noun](k.Noun), Name: k.Name, TopicId: idText(k.Topic),
		Partition: k.Partition, Number: k.Number,
	}
}

// Key names a record from the wire.
func Key(p *metalogv1.RecordKey) (metadata.Key, error) {
	id, err := topicID("topic_id", p.GetTopicId())
	return metadata.Key{
		Noun: enumPlain[metadata.Noun](p.GetNoun()), Name: p.GetName(), Topic: id,
		Partition: p.GetPartition(), Number: p.GetNumber(),
	}, err
}

// noOptions are what an operation of a batch has.
var noOptions metadata.WriteOptions

// bare takes the options out of a request that is an operation of a batch.
func bare[P proto.Message](p P) P {
	m := p.ProtoReflect()
	m.Clear(m.Descriptor().Fields().ByName("options"))
	return p
}

// hasOptions reports whether a request has any.
func hasOptions(p proto.Message) bool {
	m := p.ProtoReflect()
	return m.Has(m.Descriptor().Fields().ByName("options"))
}

func operationProto(rows []operationRow, o metadata.BatchOperation) (*metalogv1.BatchOperation, error) {
	var all []*metalogv1.BatchOperation
	var failed error
	for _, row := range rows {
		p, err := row.proto(&o)
		if err != nil {
			failed = err
		}
		if p != nil {
			all = append(all, p)
		}
	}
	if failed != nil {
		return nil, failed
	}
	if len(all) != 1 {
		return nil, Invalid("an operation of a batch must be exactly one: set one field of it")
	}
	return all[0], nil
}

func operation(rows []operationRow, p *metalogv1.BatchOperation) (o metadata.BatchOperation, err error) {
	for _, row := range rows {
		if taken, err := row.take(p, &o); taken {
			return o, err
		}
	}
	return o, Invalid("an operation of a batch is empty: name one")
}

// operationRow is one kind of operation, both ways.
type operationRow struct {
	proto func(*metadata.BatchOperation) (*metalogv1.BatchOperation, error) // nil: it isn't of this kind
	take  func(*metalogv1.BatchOperation, *metadata.BatchOperation) (bool, error)
}

// operationOf makes the row of a kind: its field here, its field there, the
// request of a spec, and the spec of a request.
func operationOf[G any, P interface {
	comparable
	proto.Message
}](
	field func(*metadata.BatchOperation) **G, get func(*metalogv1.BatchOperation) P,
	wrap func(P) *metalogv1.BatchOperation, request func(G) (P, error), spec func(P) (G, error),
) operationRow {
	return operationRow{
		proto: func(o *metadata.BatchOperation) (*metalogv1.BatchOperation, error) {
			g := *field(o)
			if g == nil {
				return nil, nil
			}
			p, err := request(*g)
			if err != nil {
				return nil, err
			}
			return wrap(bare(p)), nil
		},
		take: func(p *metalogv1.BatchOperation, o *metadata.BatchOperation) (bool, error) {
			var none P
			m := get(p)
			if m == none {
				return false, nil
			}
			if hasOptions(m) {
				return true, Invalid("an operation of a batch has no options: give them to the batch")
			}
			g, err := spec(m)
			*field(o) = &g
			return true, err
		},
	}
}

// always makes a conversion that can't fail one that could.
func always[A, B any](row func(A) B) func(A) (B, error) {
	return func(a A) (B, error) { return row(a), nil }
}

// plainly is a request without options.
func plainly[G, P any](request func(G, metadata.WriteOptions) P) func(G) (P, error) {
	return func(g G) (P, error) { return request(g, noOptions), nil }
}
