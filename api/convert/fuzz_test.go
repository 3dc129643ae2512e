package convert_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"
	statuspb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"

	"github.com/chronik-stream/metalog/api/convert"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// FuzzError feeds the client's side what no server of ours would send. What it
// reads must survive another trip.
func FuzzError(f *testing.F) {
	for _, err := range []error{
		&metadata.Error{Code: metadata.CodeInvalidTopic, Revision: 3},
		&sdk.Error{Reason: sdk.ReasonOverloaded, Outcome: sdk.NotAppended, RetryAfter: 1},
		&sdk.Error{Reason: sdk.ReasonTimeout, Err: &metadata.Error{Code: 7}},
		metadata.ErrUnavailable,
	} {
		data, marshalErr := proto.Marshal(convert.WriteStatus(err, attempt).Proto())
		require.NoError(f, marshalErr)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var p statuspb.Status
		if proto.Unmarshal(data, &p) != nil || p.GetCode() == 0 {
			return
		}
		st := status.FromProto(&p)
		convert.Attempt(st)
		if err := convert.Error(st); err != nil {
			requireAlike(t, err, convert.Error(overTheWire(convert.ReadStatus(err))))
		}
	})
}

// FuzzBatch feeds the server's side what no client of ours would send. What it
// doesn't refuse must survive another trip.
func FuzzBatch(f *testing.F) {
	for i := range operationType.NumField() {
		data, err := proto.Marshal(batchRequest(metadata.BatchSpec{Operations: []metadata.BatchOperation{new(filler).operation(i)}}))
		require.NoError(f, err)
		f.Add(data)
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
		again, err := convert.BatchSpec(batchRequest(spec))
		require.NoError(t, err)
		require.Empty(t, cmp.Diff(spec, again, cmpopts.EquateEmpty()))
	})
}

// FuzzWatch is FuzzError for what a watch tells.
func FuzzWatch(f *testing.F) {
	for _, typ := range records {
		record := new(filler).fill(typ).Interface().(metadata.Record)
		data, err := proto.Marshal(convert.WatchResponse(metadata.WatchMessage{Kind: metadata.WatchChange, Changes: []metadata.Change{{After: record}}}))
		require.NoError(f, err)
		f.Add(data)
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
			c.Key() // there is one
		}
		again, err := convert.WatchMessage(convert.WatchResponse(m))
		require.NoError(t, err)
		require.Empty(t, cmp.Diff(m, again, cmpopts.EquateEmpty()))
	})
}
