package convert_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"

	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"

	"github.com/chronik-stream/metalog/api/convert"
	"github.com/chronik-stream/metalog/metadata"
)

// operations are those that a batch may name on the wire.
var operations = (&metalogv1.BatchOperation{}).ProtoReflect().Descriptor().Oneofs().ByName("operation").Fields()

func TestEveryOperationSurvives(t *testing.T) {
	require.Equal(t, operationType.NumField(), operations.Len())
	sent := map[protoreflect.FullName]bool{}
	for i := range operationType.NumField() {
		t.Run(operationType.Field(i).Name, func(t *testing.T) {
			spec := metadata.BatchSpec{Operations: []metadata.BatchOperation{new(filler).operation(i)}}
			p, err := convert.BatchRequest(spec, options)
			require.NoError(t, err)
			m := p.GetOperations()[0].ProtoReflect()
			kind := m.WhichOneof(operations.Get(0).ContainingOneof())
			require.False(t, sent[kind.FullName()], "two kinds are sent as %s", kind.Name())
			sent[kind.FullName()] = true
			require.Equal(t, strings.ToLower(operationType.Field(i).Name), strings.ReplaceAll(string(kind.Name()), "_", ""))
			back, err := convert.BatchSpec(p)
			require.NoError(t, err)
			require.Empty(t, cmp.Diff(spec, back))
		})
	}
}

// An operation's own options would look as if they counted.
func TestOperationsHaveNoOptions(t *testing.T) {
	for i := range operations.Len() {
		field := operations.Get(i)
		t.Run(string(field.Name()), func(t *testing.T) {
			op := &metalogv1.BatchOperation{}
			request := op.ProtoReflect().Mutable(field).Message()
			_, err := convert.BatchSpec(&metalogv1.BatchRequest{Operations: []*metalogv1.BatchOperation{op}})
			require.NoError(t, err)
			request.Mutable(request.Descriptor().Fields().ByName("options"))
			for _, within := range [][]*metalogv1.BatchOperation{{op}, {batchOf(op)}} {
				_, err = convert.BatchSpec(&metalogv1.BatchRequest{Operations: within})
				require.ErrorIs(t, err, metadata.ErrInvalid)
				require.ErrorContains(t, err, "give them to the batch")
			}
		})
	}
}

func batchOf(op *metalogv1.BatchOperation) *metalogv1.BatchOperation {
	return &metalogv1.BatchOperation{Operation: &metalogv1.BatchOperation_Batch{
		Batch: &metalogv1.BatchRequest{Operations: []*metalogv1.BatchOperation{op}},
	}}
}

func TestAnOperationIsExactlyOne(t *testing.T) {
	two := metadata.BatchOperation{DeleteGroup: &metadata.GroupRef{}, ResetClock: &metadata.ClockSpec{}}
	for name, op := range map[string]metadata.BatchOperation{
		"none":         {},
		"two":          two,
		"none, nested": {Batch: &metadata.BatchSpec{Operations: []metadata.BatchOperation{{}}}},
		"two, nested":  {Batch: &metadata.BatchSpec{Operations: []metadata.BatchOperation{two}}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := convert.BatchRequest(metadata.BatchSpec{Operations: []metadata.BatchOperation{op}}, options)
			require.ErrorIs(t, err, metadata.ErrInvalid)
		})
	}
}

// A refusal goes beside the answer only as the store gave it: one that is
// wrapped says more than it does.
func TestAnswersWithRefusals(t *testing.T) {
	refusal := &metadata.Error{Code: metadata.CodeConcurrentTransactions}
	wrapped := convert.Matching("wrapped", refusal)
	for name, row := range map[string]struct {
		err    error
		beside bool
		inside bool
	}{
		"nothing":               {nil, true, false},
		"a refusal":             {refusal, true, true},
		"a refusal by itself":   {refusal, false, false},
		"a refusal and a cause": {wrapped, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := convert.Answer(7, row.err, row.beside)
			require.Equal(t, 7, a.Value)
			if row.inside {
				require.NoError(t, err)
				_, err = a.Result()
				require.Same(t, refusal, err)
				return
			}
			require.Nil(t, a.Refusal)
			require.Equal(t, row.err, err)
		})
	}
}
