package server_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/server"
)

// pager asks for one page of a list and names its rows.
type pager func(size int32, token string) (rows []string, next string, err error)

func pageOf[P interface{ GetNextPageToken() string }, R any](p P, err error, rows func(P) []R, name func(R) string) (names []string, next string, _ error) {
	for _, row := range rows(p) {
		names = append(names, name(row))
	}
	return names, p.GetNextPageToken(), err
}

// listsOf are the lists of everything that has its own, of what filled makes.
func listsOf(t *testing.T, api metalogv1.MetadataClient) map[string]pager {
	t.Helper()
	place := func(o *metalogv1.FetchedOffset) string {
		return fmt.Sprintf("%s %d: %d", o.GetTopic(), o.GetPartition(), o.GetOffset())
	}
	segments := func(kind metalogv1.SegmentKind, partition *int32) pager {
		return func(size int32, token string) ([]string, string, error) {
			p, err := api.ListSegments(t.Context(), &metalogv1.ListSegmentsRequest{Topic: "t10", Kind: kind, Partition: partition, PageSize: size, PageToken: token})
			return pageOf(p, err, (*metalogv1.ListSegmentsResponse).GetSegments, func(s *metalogv1.Segment) string {
				return fmt.Sprintf("%d %d %s", s.GetKey().GetPartition(), s.GetInfo().GetStartOffset(), s.GetKey().GetSegmentId())
			})
		}
	}
	return map[string]pager{
		"groups": func(size int32, token string) ([]string, string, error) {
			p, err := api.ListGroups(t.Context(), &metalogv1.ListGroupsRequest{PageSize: size, PageToken: token})
			return pageOf(p, err, (*metalogv1.ListGroupsResponse).GetGroups, (*metalogv1.Group).GetGroup)
		},
		"transactions": func(size int32, token string) ([]string, string, error) {
			p, err := api.ListTransactions(t.Context(), &metalogv1.ListTransactionsRequest{PageSize: size, PageToken: token})
			return pageOf(p, err, (*metalogv1.ListTransactionsResponse).GetTransactions, (*metalogv1.Transaction).GetTransactionalId)
		},
		"all offsets": func(size int32, token string) ([]string, string, error) {
			p, err := api.FetchOffsets(t.Context(), &metalogv1.FetchOffsetsRequest{Group: "g0", All: true, PageSize: size, PageToken: token})
			return pageOf(p, err, (*metalogv1.FetchOffsetsResponse).GetOffsets, place)
		},
		"offsets as asked": func(size int32, token string) ([]string, string, error) {
			p, err := api.FetchOffsets(t.Context(), &metalogv1.FetchOffsetsRequest{Group: "g0", Partitions: wish, PageSize: size, PageToken: token})
			return pageOf(p, err, (*metalogv1.FetchOffsetsResponse).GetOffsets, place)
		},
		"segments":              segments(metalogv1.SegmentKind_SEGMENT_KIND_LOG, nil),
		"segments in columns":   segments(metalogv1.SegmentKind_SEGMENT_KIND_PARQUET, nil),
		"segments of partition": segments(metalogv1.SegmentKind_SEGMENT_KIND_LOG, new(int32(10))),
	}
}

// wish is in no order, and names one partition twice and one that isn't there.
var wish = []*metalogv1.TopicPartition{
	{Topic: "t9", Partition: 1}, {Topic: "t10"}, {Topic: "none"}, {Topic: "t9", Partition: 1}, {Topic: "t10", Partition: 1},
}

// fillLists gives every list some rows, by name and by number.
func fillLists(t *testing.T, api metalogv1.MetadataClient) {
	t.Helper()
	var offsets []*metalogv1.OffsetCommit
	for i, topic := range []string{"t9", "t10"} {
		created, err := api.CreateTopic(t.Context(), &metalogv1.CreateTopicRequest{Name: topic, Partitions: new(int32(12))})
		require.NoError(t, err)
		for n := range int32(11) {
			offsets = append(offsets, &metalogv1.OffsetCommit{Topic: topic, Partition: n, Offset: int64(100*i) + int64(n)})
		}
		putSegments(t, api, created.GetId())
	}
	for i := range 7 {
		_, err := api.CommitOffsets(t.Context(), &metalogv1.CommitOffsetsRequest{Group: "g" + strconv.Itoa(i), Generation: -1, Offsets: offsets})
		require.NoError(t, err)
		_, err = api.InitProducer(t.Context(), &metalogv1.InitProducerRequest{TransactionalId: "tx" + strconv.Itoa(i), TimeoutMs: 1000})
		require.NoError(t, err)
	}
}

// putSegments stores some that only their ids tell apart, and one id many times.
func putSegments(t *testing.T, api metalogv1.MetadataClient, topic string) {
	t.Helper()
	var all []*metalogv1.SegmentSpec
	for _, kind := range []metalogv1.SegmentKind{metalogv1.SegmentKind_SEGMENT_KIND_LOG, metalogv1.SegmentKind_SEGMENT_KIND_PARQUET} {
		for _, partition := range []int32{2, 10} {
			for i := range int64(5) {
				all = append(all,
					&metalogv1.SegmentSpec{
						Key:  &metalogv1.SegmentKey{Kind: kind, TopicId: topic, Partition: partition, SegmentId: fmt.Sprintf("<%d>", 9-i)},
						Info: &metalogv1.SegmentInfo{StartOffset: 8 + i, EndOffset: 20},
					},
					&metalogv1.SegmentSpec{
						Key:  &metalogv1.SegmentKey{Kind: kind, TopicId: topic, Partition: partition, SegmentId: fmt.Sprintf("same %d", i)},
						Info: &metalogv1.SegmentInfo{StartOffset: 9, EndOffset: 20},
					})
			}
		}
	}
	put, err := api.PutSegments(t.Context(), &metalogv1.PutSegmentsRequest{Segments: all})
	require.NoError(t, err)
	require.Empty(t, put.GetFailed())
}

func TestPagesMakeUpEveryList(t *testing.T) {
	api := serve(t, node(t), server.Config{}).metadata(t)
	fillLists(t, api)
	rows := map[string]int{
		"groups": 7, "transactions": 7, "all offsets": 22, "offsets as asked": len(wish),
		"segments": 20, "segments in columns": 20, "segments of partition": 10,
	}
	for name, list := range listsOf(t, api) {
		whole, next, err := list(0, "")
		require.NoError(t, err)
		require.Len(t, whole, rows[name], name)
		require.Empty(t, next)
		for _, size := range []int32{1, 3, int32(len(whole)) - 1, int32(len(whole))} {
			t.Run(fmt.Sprintf("%s/%d", name, size), func(t *testing.T) {
				var got []string
				for token := ""; len(got) == 0 || token != ""; {
					page, next, err := list(size, token)
					require.NoError(t, err)
					require.NotEmpty(t, page)
					require.LessOrEqual(t, len(page), int(size))
					got, token = append(got, page...), next
				}
				require.Equal(t, whole, got)
			})
		}
	}
}

func TestListsAreInOrder(t *testing.T) {
	api := serve(t, node(t), server.Config{}).metadata(t)
	fillLists(t, api)
	lists := listsOf(t, api)
	asked, _, err := lists["offsets as asked"](0, "")
	require.NoError(t, err)
	require.Equal(t, []string{"t9 1: 1", "t10 0: 100", "none 0: -1", "t9 1: 1", "t10 1: 101"}, asked)
	segments, _, err := lists["segments of partition"](4, "")
	require.NoError(t, err)
	require.Equal(t, []string{"10 8 <9>", "10 9 <8>", "10 9 same 0", "10 9 same 1"}, segments)
	all, _, err := lists["all offsets"](0, "")
	require.NoError(t, err)
	require.Equal(t, "t10 0: 100", all[0])
	require.Equal(t, "t9 10: 10", all[21])
}

// A token says which list it belongs to, be it of another noun, group or topic.
func TestTokensOfOtherLists(t *testing.T) {
	api := serve(t, node(t), server.Config{}).metadata(t)
	fillLists(t, api)
	lists := listsOf(t, api)
	lists["offsets of another group"] = func(size int32, token string) ([]string, string, error) {
		p, err := api.FetchOffsets(t.Context(), &metalogv1.FetchOffsetsRequest{Group: "g1", All: true, PageSize: size, PageToken: token})
		return nil, p.GetNextPageToken(), err
	}
	lists["segments of another topic"] = func(size int32, token string) ([]string, string, error) {
		p, err := api.ListSegments(t.Context(), &metalogv1.ListSegmentsRequest{Topic: "t9", Kind: metalogv1.SegmentKind_SEGMENT_KIND_LOG, PageSize: size, PageToken: token})
		return nil, p.GetNextPageToken(), err
	}
	lists["topics"] = func(size int32, token string) ([]string, string, error) {
		p, err := api.ListTopics(t.Context(), &metalogv1.ListTopicsRequest{PageSize: size, PageToken: token})
		return nil, p.GetNextPageToken(), err
	}
	delete(lists, "segments of partition") // it is part of a list, and goes on in it
	for from, list := range lists {
		_, token, err := list(1, "")
		require.NoError(t, err)
		require.NotEmpty(t, token, from)
		for to, other := range lists {
			_, _, err := other(1, token)
			if from == to {
				require.NoError(t, err)
				continue
			}
			require.Equal(t, codes.InvalidArgument, status.Code(err), "from %s to %s: %v", from, to, err)
		}
	}
}

// A list goes on where it was though its last row is gone.
func TestOffsetsGoOnAfterChanges(t *testing.T) {
	s := node(t)
	api := serve(t, s, server.Config{}).metadata(t)
	fillLists(t, api)
	list := listsOf(t, api)["all offsets"]
	_, token, err := list(2, "")
	require.NoError(t, err)
	_, err = s.DeleteOffsets(t.Context(), metadata.OffsetsRef{Group: "g0", Partitions: []metadata.TopicPartition{{Topic: "t10", Partition: 1}, {Topic: "t10", Partition: 3}}})
	require.NoError(t, err)
	next, _, err := list(2, token)
	require.NoError(t, err)
	require.Equal(t, []string{"t10 2: 102", "t10 4: 104"}, next)
}

func TestBadLists(t *testing.T) {
	api := serve(t, node(t), server.Config{}).metadata(t)
	fillLists(t, api)
	for name, list := range listsOf(t, api) {
		_, _, err := list(-1, "")
		require.Equal(t, codes.InvalidArgument, status.Code(err), "%s: %v", name, err)
		_, _, err = list(1, "AAAA")
		require.Equal(t, codes.InvalidArgument, status.Code(err), "%s: %v", name, err)
	}
	_, err := api.FetchOffsets(t.Context(), &metalogv1.FetchOffsetsRequest{Group: "g0", All: true, Partitions: wish})
	require.Equal(t, codes.InvalidArgument, status.Code(err), "%v", err)
	none, err := api.FetchOffsets(t.Context(), &metalogv1.FetchOffsetsRequest{Group: "g0"})
	require.NoError(t, err)
	require.Empty(t, none.GetOffsets(), "nothing was asked for")
}
