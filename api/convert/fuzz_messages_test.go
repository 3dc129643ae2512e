package convert_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"

	"github.com/chronik-stream/metalog/api/convert"
	"github.com/chronik-stream/metalog/metadata"
)

// FuzzWatchResponse feeds the client's side what no server of ours would send.
func FuzzWatchResponse(f *testing.F) {
	topic := &metadata.Topic{Name: "orders", ID: metadata.TopicID{1}}
	seed, err := proto.Marshal(convert.WatchResponse(metadata.WatchMessage{
		Kind: metadata.WatchChange, Revision: 3, Changes: []metadata.Change{{After: topic}, {Before: topic}},
	}))
	require.NoError(f, err)
	f.Add(seed)
	for _, typ := range records {
		record := new(filler).fill(typ).Interface().(metadata.Record)
		seed, err := proto.Marshal(convert.WatchResponse(metadata.WatchMessage{Changes: []metadata.Change{{After: record}}}))
		require.NoError(f, err)
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var p metalogv1.WatchResponse
		if proto.Unmarshal(data, &p) != nil {
			return
		}
		m, err := convert.WatchMessage(&p)
		if err != nil {
			require.ErrorIs(t, err, metadata.ErrInvalid)
			return
		}
		for _, c := range m.Changes {
			c.Key() // neither side of a change may be a nil in disguise
		}
		again, err := convert.WatchMessage(convert.WatchResponse(m))
		require.NoError(t, err)
		require.Empty(t, cmp.Diff(m, again, cmpopts.EquateEmpty()))
	})
}

// FuzzBatchRequest feeds the server's side what anybody may send.
func FuzzBatchRequest(f *testing.F) {
	req, err := convert.BatchRequest(metadata.BatchSpec{
		Preconditions: []metadata.Precondition{{Record: metadata.Key{Noun: metadata.NounTopic, Name: "a"}, Expected: metadata.ExpectAbsent}},
		Operations:    []metadata.BatchOperation{{CreateTopic: &metadata.TopicSpec{Name: "a"}}, {Batch: &metadata.BatchSpec{}}},
	}, metadata.WriteOptions{})
	require.NoError(f, err)
	seed, err := proto.Marshal(req)
	require.NoError(f, err)
	f.Add(seed)
	for i := range operationType.NumField() {
		seed, err := proto.Marshal(batchRequest(metadata.BatchSpec{Operations: []metadata.BatchOperation{new(filler).operation(i)}}))
		require.NoError(f, err)
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var p metalogv1.BatchRequest
		if proto.Unmarshal(data, &p) != nil {
			return
		}
		spec, err := convert.BatchSpec(&p)
		if err != nil {
			require.ErrorIs(t, err, metadata.ErrInvalid)
			return
		}
		sent, err := convert.BatchRequest(spec, metadata.WriteOptions{})
		require.NoError(t, err)
		again, err := convert.BatchSpec(sent)
		require.NoError(t, err)
		require.Empty(t, cmp.Diff(spec, again, cmpopts.EquateEmpty()))
		_, _ = metadata.NewBatch(spec, func(metadata.LogStartSpec) (int64, error) { return 0, nil })
	})
}
