package convert_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	statuspb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

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
		convert.Matching("moved", &sdk.Error{Outcome: sdk.NotAppended}, metadata.ErrSealed),
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
