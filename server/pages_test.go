package server_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/server"
)

func createTopics(t *testing.T, api metalogv1.MetadataClient, n int) (names []string) {
	t.Helper()
	for i := range n {
		names = append(names, fmt.Sprintf("t%02d", i))
		_, err := api.CreateTopic(t.Context(), &metalogv1.CreateTopicRequest{Name: names[i], Partitions: new(int32(12))})
		require.NoError(t, err)
	}
	return names
}

func TestPagesMakeUpTheList(t *testing.T) {
	api := serve(t, node(t), server.Config{}).metadata(t)
	names := createTopics(t, api, 11)
	for _, size := range []int32{1, 3, 10, 11, 12, 0} {
		t.Run(strconv.Itoa(int(size)), func(t *testing.T) {
			var got []string
			for token := ""; ; {
				page, err := api.ListTopics(t.Context(), &metalogv1.ListTopicsRequest{PageSize: size, PageToken: token})
				require.NoError(t, err)
				require.NotEmpty(t, page.GetTopics())
				if size > 0 {
					require.LessOrEqual(t, len(page.GetTopics()), int(size))
				}
				for _, topic := range page.GetTopics() {
					got = append(got, topic.GetName())
				}
				if token = page.GetNextPageToken(); token == "" {
					break
				}
			}
			require.Equal(t, names, got)
		})
	}
}

// Keys that are numbers must not be compared as text: 10 comes after 9.
func TestPagesOfNumbers(t *testing.T) {
	api := serve(t, node(t), server.Config{}).metadata(t)
	createTopics(t, api, 1)
	var got []int32
	for token := ""; ; {
		page, err := api.ListPartitions(t.Context(), &metalogv1.ListPartitionsRequest{Topic: "t00", PageSize: 5, PageToken: token})
		require.NoError(t, err)
		for _, p := range page.GetPartitions() {
			got = append(got, p.GetIndex())
		}
		if token = page.GetNextPageToken(); token == "" {
			break
		}
	}
	require.Equal(t, []int32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, got)
}

func TestPagesGoOnAfterChanges(t *testing.T) {
	api := serve(t, node(t), server.Config{}).metadata(t)
	createTopics(t, api, 6)
	page, err := api.ListTopics(t.Context(), &metalogv1.ListTopicsRequest{PageSize: 3})
	require.NoError(t, err)
	for _, name := range []string{"t02", "t04"} { // the last row seen, and one to come
		_, err := api.DeleteTopic(t.Context(), &metalogv1.DeleteTopicRequest{Name: name})
		require.NoError(t, err)
	}
	next, err := api.ListTopics(t.Context(), &metalogv1.ListTopicsRequest{PageSize: 3, PageToken: page.GetNextPageToken()})
	require.NoError(t, err)
	names := []string{}
	for _, topic := range next.GetTopics() {
		names = append(names, topic.GetName())
	}
	require.Equal(t, []string{"t03", "t05"}, names)
	require.Greater(t, next.GetRevision(), page.GetRevision())
}

// A page isn't read from an older state than the one before, wherever it is
// asked for.
func TestNextPageIsNotOlder(t *testing.T) {
	var asked []uint64
	f := &fake{topics: func(ctx ctxType, o metadata.ReadOptions) (metadata.Read[[]*metadata.Topic], error) {
		asked = append(asked, o.MinRevision)
		return metadata.Read[[]*metadata.Topic]{Revision: 40, Value: []*metadata.Topic{{Name: "a"}, {Name: "b"}}}, nil
	}}
	api := serve(t, f, server.Config{}).metadata(t)
	page, err := api.ListTopics(t.Context(), &metalogv1.ListTopicsRequest{PageSize: 1, Options: &metalogv1.ReadOptions{MinRevision: 7}})
	require.NoError(t, err)
	for _, wish := range []uint64{7, 50} {
		_, err = api.ListTopics(t.Context(), &metalogv1.ListTopicsRequest{PageSize: 1, PageToken: page.GetNextPageToken(), Options: &metalogv1.ReadOptions{MinRevision: wish}})
		require.NoError(t, err)
	}
	require.Equal(t, []uint64{7, 40, 50}, asked)
}

func TestLargeRowsMakeShortPages(t *testing.T) {
	value := string(slices.Repeat([]byte{'x'}, 3<<20))
	row := func(name string) *metadata.Topic {
		return &metadata.Topic{Name: name, Configs: metadata.Configs{{Key: "x.blob", Value: value}}}
	}
	f := &fake{topics: func(ctxType, metadata.ReadOptions) (metadata.Read[[]*metadata.Topic], error) {
		return metadata.Read[[]*metadata.Topic]{Value: []*metadata.Topic{row("a"), row("b"), row("c"), row("d"), row("e")}}, nil
	}}
	api := serve(t, f, server.Config{}).metadata(t)
	page, err := api.ListTopics(t.Context(), &metalogv1.ListTopicsRequest{}, large)
	require.NoError(t, err)
	require.Len(t, page.GetTopics(), 3)
	page, err = api.ListTopics(t.Context(), &metalogv1.ListTopicsRequest{PageToken: page.GetNextPageToken()}, large)
	require.NoError(t, err)
	require.Len(t, page.GetTopics(), 2)
	require.Empty(t, page.GetNextPageToken())
}

func TestBadPages(t *testing.T) {
	api := serve(t, node(t), server.Config{}).metadata(t)
	createTopics(t, api, 2)
	first, err := api.ListTopics(t.Context(), &metalogv1.ListTopicsRequest{PageSize: 1})
	require.NoError(t, err)
	own := first.GetNextPageToken()
	require.NotEmpty(t, own)

	list := func(size int32, token string) error {
		_, err := api.ListTopics(t.Context(), &metalogv1.ListTopicsRequest{PageSize: size, PageToken: token})
		return err
	}
	_, other := api.ListBrokers(t.Context(), &metalogv1.ListBrokersRequest{PageToken: own})
	for name, err := range map[string]error{
		"negative size":    list(-1, ""),
		"no base64":        list(0, "%%%"),
		"garbage":          list(0, "AAAA"),
		"cut":              list(0, own[:len(own)-4]),
		"another list's":   other,
		"an unknown field": list(0, base64.RawURLEncoding.EncodeToString([]byte(`{"l":"topics","z":1}`))),
		"more behind it":   list(0, base64.RawURLEncoding.EncodeToString([]byte(`{"l":"topics","k":"a"} {}`))),
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, codes.InvalidArgument, status.Code(err), "%v", err)
			require.ErrorIs(t, convert.Error(status.Convert(err)), metadata.ErrInvalid)
		})
	}
}
