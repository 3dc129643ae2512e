package convert_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"pgregory.net/rapid"

	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"

	"github.com/chronik-stream/metalog/api/convert"
	"github.com/chronik-stream/metalog/metadata"
)

// options are what every request carries beside its spec.
var options = metadata.WriteOptions{RequestID: metadata.RequestID{1}, FirstRevision: new(uint64(7)), ValidateOnly: true}

// trips go from a Go value to its message, through bytes, and back. Every field
// of the message must have been set when every field of the value was.
var trips = map[string]way{
	"Topic":            trip(convert.TopicProto, convert.Topic),
	"Partition":        trip(convert.PartitionProto, convert.Partition),
	"Broker":           trip(convert.BrokerProto, convert.Broker),
	"Resource":         trip(convert.ResourceProto, sure(convert.Resource)),
	"Group":            trip(convert.GroupProto, convert.Group),
	"Offset":           trip(convert.OffsetProto, convert.Offset),
	"PendingOffset":    trip(convert.PendingOffsetProto, convert.PendingOffset),
	"Transaction":      trip(convert.TransactionProto, convert.Transaction),
	"Segment":          trip(convert.SegmentProto, convert.Segment),
	"SegmentKey":       trip(convert.SegmentKeyProto, convert.SegmentKey),
	"Watermark":        trip(convert.WatermarkProto, convert.Watermark),
	"Key":              trip(convert.KeyProto, convert.Key),
	"PartitionOffsets": trip(partitionOffsetsResponse, convert.PartitionOffsets),
	"FetchedOffset":    trip(convert.FetchedOffsetProto, convert.FetchedOffset),

	"ReadOptions":  trip(convert.ReadOptionsProto, sure(convert.ReadOptions)),
	"WriteOptions": trip(convert.WriteOptionsProto, convert.WriteOptions),
	"WatchOptions": trip(convert.WatchRequest, convert.WatchOptions),
	"WatchMessage": trip(convert.WatchResponse, convert.WatchMessage),

	"TopicSpec":       trip(with(convert.CreateTopicRequest), convert.TopicSpec),
	"TopicRef":        trip(with(convert.DeleteTopicRequest), func(p *metalogv1.DeleteTopicRequest) (metadata.TopicRef, error) { return convert.TopicRef(p) }),
	"ConfigSpec":      trip(with(convert.AlterConfigsRequest), sure(convert.ConfigSpec)),
	"PartitionsSpec":  trip(with(convert.CreatePartitionsRequest), sure(convert.PartitionsSpec)),
	"AssignmentSpec":  trip(with(convert.AssignPartitionRequest), sure(convert.AssignmentSpec)),
	"BrokerSpec":      trip(with(convert.RegisterBrokerRequest), convert.BrokerSpec),
	"BrokerStateSpec": trip(with(convert.SetBrokerStateRequest), sure(convert.BrokerStateSpec)),
	"UnregisterSpec":  trip(with(convert.UnregisterBrokerRequest), sure(convert.UnregisterSpec)),
	"GroupSpec":       trip(with(convert.PutGroupRequest), sure(convert.GroupSpec)),
	"OffsetsSpec": trip(with(convert.CommitOffsetsRequest), func(p *metalogv1.CommitOffsetsRequest) (metadata.OffsetsSpec, error) {
		return convert.OffsetsSpec(p), nil
	}),
	"OffsetsRef":                trip(with(convert.DeleteOffsetsRequest), sure(convert.OffsetsRef)),
	"OffsetsQuery":              trip(convert.FetchOffsetsRequest, convert.OffsetsQuery),
	"ProducerIDsSpec":           trip(with(convert.AllocateProducerIDsRequest), sure(convert.ProducerIDsSpec)),
	"InitProducerSpec":          trip(with(convert.InitProducerRequest), convert.InitProducerSpec),
	"TransactionPartitionsSpec": trip(with(convert.AddTransactionPartitionsRequest), convert.TransactionPartitionsSpec),
	"TransactionGroupSpec":      trip(with(convert.AddTransactionOffsetsRequest), convert.TransactionGroupSpec),
	"TransactionOffsetsSpec":    trip(with(convert.CommitTransactionOffsetsRequest), convert.TransactionOffsetsSpec),
	"PrepareSpec":               trip(with(convert.PrepareTransactionRequest), convert.PrepareSpec),
	"ProducerRef": trip(with(convert.CompleteTransactionRequest), func(p *metalogv1.CompleteTransactionRequest) (metadata.ProducerRef, error) {
		return convert.ProducerRef(p)
	}),
	"WatermarksSpec":   trip(with(convert.CheckpointWatermarksRequest), convert.WatermarksSpec),
	"LogStartSpec":     trip(with(convert.AdvanceLogStartRequest), sure(convert.LogStartSpec)),
	"SegmentsSpec":     trip(with(convert.PutSegmentsRequest), convert.SegmentsSpec),
	"SegmentKeys":      trip(with(convert.DeleteSegmentsRequest), convert.SegmentKeys),
	"SegmentsQuery":    trip(convert.ListSegmentsRequest, sure(convert.SegmentsQuery)),
	"BatchSpec":        trip(batchRequest, convert.BatchSpec),
	"SettleSpec":       trip(with(convert.SettleRequest), convert.SettleSpec),
	"FeatureLevelSpec": trip(with(convert.SetFeatureLevelRequest), sure(convert.FeatureLevelSpec)),
	"ClockSpec":        trip(with(convert.ResetClockRequest), sure(convert.ClockSpec)),

	"Written":          trip(convert.WrittenProto, convert.Written),
	"CreatedTopic":     trip(convert.CreateTopicResponse, convert.CreatedTopic),
	"RegisteredBroker": trip(convert.RegisterBrokerResponse, convert.RegisteredBroker),
	"CommittedItems": trip(commitOffsetsResponse, func(p *metalogv1.CommitOffsetsResponse) (metadata.CommittedItems, error) {
		return convert.CommittedItems(p)
	}),
	"ProducerIDs":         trip(convert.AllocateProducerIDsResponse, convert.ProducerIDs),
	"InitializedProducer": trip(convert.InitProducerResponse, convert.InitializedProducer),
	"PreparedTransaction": trip(convert.PrepareTransactionResponse, convert.PreparedTransaction),
	"LogStart":            trip(convert.AdvanceLogStartResponse, convert.LogStart),
	"DeletedSegments":     trip(convert.DeleteSegmentsResponse, convert.DeletedSegments),
	"BatchResult":         trip(convert.BatchResponse, convert.BatchResult),
	"Result":              trip(convert.AnswerProto, convert.StoredAnswer),
	"Outcome":             trip(convert.OutcomeResponse, outcome),
	"Settled":             trip(convert.SettleResponse, convert.Settled),
}

// neverSet are fields that no trip from here sets.
var neverSet = map[protoreflect.FullName]string{
	"metalog.v1.FetchOffsetsRequest.all":           "it is for a query that names no partitions",
	"metalog.v1.FetchOffsetsRequest.page_size":     "the client adds it",
	"metalog.v1.FetchOffsetsRequest.page_token":    "the client adds it",
	"metalog.v1.FetchOffsetsRequest.options":       "the client adds them",
	"metalog.v1.ListSegmentsRequest.page_size":     "the client adds it",
	"metalog.v1.ListSegmentsRequest.page_token":    "the client adds it",
	"metalog.v1.ListSegmentsRequest.options":       "the client adds them",
	"metalog.v1.GetPartitionOffsetsResponse.stale": "the server adds it",
	"metalog.v1.WatchResponse.fragment":            "the server sets it where it cuts",
}

// partitionOffsetsResponse is the answer as the server puts it together.
func partitionOffsetsResponse(o metadata.PartitionOffsets) *metalogv1.GetPartitionOffsetsResponse {
	return &metalogv1.GetPartitionOffsetsResponse{
		HighWatermark: o.HighWatermark, LogStartOffset: o.LogStartOffset, Known: o.Known, Revision: 1,
	}
}

// commitOffsetsResponse stands for the answer to any write of items.
func commitOffsetsResponse(c metadata.CommittedItems) *metalogv1.CommitOffsetsResponse {
	return &metalogv1.CommitOffsetsResponse{Written: convert.WrittenProto(c.Written), Failed: convert.ItemErrorsProto(c.Failed)}
}

func outcome(p *metalogv1.GetOutcomeResponse) (metadata.Read[metadata.Outcome], error) {
	o, err := convert.Outcome(p)
	return metadata.Read[metadata.Outcome]{Value: o, Revision: p.GetRevision(), Stale: p.GetStale()}, err
}

func batchRequest(spec metadata.BatchSpec) *metalogv1.BatchRequest {
	p, err := convert.BatchRequest(spec, options)
	if err != nil {
		panic(err)
	}
	return p
}

func with[G any, P proto.Message](to func(G, metadata.WriteOptions) P) func(G) P {
	return func(g G) P { return to(g, options) }
}

func sure[P, G any](from func(P) G) func(P) (G, error) {
	return func(p P) (G, error) { return from(p), nil }
}

// way is the trip of one type.
type way struct {
	of    reflect.Type
	there func(t require.TestingT, v any) (back any, received proto.Message)
}

func trip[G any, P proto.Message](to func(G) P, from func(P) (G, error)) way {
	return way{reflect.TypeFor[G](), func(t require.TestingT, v any) (any, proto.Message) {
		sent := to(v.(G))
		data, err := proto.Marshal(sent)
		require.NoError(t, err)
		received := sent.ProtoReflect().New().Interface()
		require.NoError(t, proto.Unmarshal(data, received))
		back, err := from(received.(P))
		require.NoError(t, err)
		return back, received
	}}
}

func TestEveryFieldSurvives(t *testing.T) {
	for name, way := range trips {
		t.Run(name, func(t *testing.T) {
			filled := new(filler).fill(way.of).Interface()
			back, received := way.there(t, filled)
			require.Empty(t, cmp.Diff(filled, back))
			requireFull(t, received.ProtoReflect())
		})
	}
}

func TestAnyValueSurvives(t *testing.T) {
	for name, way := range trips {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				drawn := (&drawer{t: rt}).drawn(way.of).Interface()
				back, _ := way.there(rt, drawn)
				if diff := cmp.Diff(drawn, back, cmpopts.EquateEmpty()); diff != "" {
					rt.Fatalf("changed on the way (-sent +back):\n%s", diff)
				}
			})
		})
	}
}

// requireFull says that each field of m, and of the messages that it may hold,
// is set somewhere in it.
func requireFull(t *testing.T, m protoreflect.Message) {
	t.Helper()
	set := map[protoreflect.FullName]bool{}
	noteSet(m, set)
	for _, f := range fieldsBelow(m.Descriptor(), map[protoreflect.FullName]bool{}) {
		own := f.ContainingMessage().FullName() == m.Descriptor().FullName()
		switch {
		case neverSet[f.FullName()] != "":
			require.False(t, set[f.FullName()], "%s is set after all", f.FullName())
		case f.Name() == "options" && !own:
			require.False(t, set[f.FullName()], "%s: only the batch has options", f.FullName())
		default:
			require.True(t, set[f.FullName()], "%s is never set", f.FullName())
		}
	}
}

func noteSet(m protoreflect.Message, set map[protoreflect.FullName]bool) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		set[f.FullName()] = true
		switch {
		case f.IsList() && f.Message() != nil:
			for i := range v.List().Len() {
				noteSet(v.List().Get(i).Message(), set)
			}
		case f.Message() != nil:
			noteSet(v.Message(), set)
		}
		return true
	})
}

func fieldsBelow(m protoreflect.MessageDescriptor, seen map[protoreflect.FullName]bool) (all []protoreflect.FieldDescriptor) {
	if seen[m.FullName()] {
		return nil
	}
	seen[m.FullName()] = true
	for i := range m.Fields().Len() {
		f := m.Fields().Get(i)
		all = append(all, f)
		if f.Message() != nil && neverSet[f.FullName()] == "" {
			all = append(all, fieldsBelow(f.Message(), seen)...)
		}
	}
	return all
}

// TestEveryOperationHasATrip: whoever adds one to a batch adds the trip of its spec.
func TestEveryOperationHasATrip(t *testing.T) {
	operation := reflect.TypeFor[metadata.BatchOperation]()
	for i := range operation.NumField() {
		spec := strings.TrimPrefix(operation.Field(i).Type.String(), "*metadata.")
		if spec == "GroupRef" { // a name, which a batch has and its own request doesn't
			continue
		}
		require.Contains(t, trips, spec)
	}
}
