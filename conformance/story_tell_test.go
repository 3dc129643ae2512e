package conformance_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/conformance"
	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/inmem"
)

// story is a script of one file, a.txt.
func story(text string) fstest.MapFS { return fstest.MapFS{"a.txt": {Data: []byte(text)}} }

const aTopic = "ok revision=1 id=t1 partitions=1\n"

func TestADifferentAnswerIsShownWhereItIs(t *testing.T) {
	digest, err := conformance.TellStory(t.Context(), story("# first\nrevision\n----\nrevision 0\n\nrevision\nfeature-level\n----\nrevision 7\n"),
		"a.txt", conformance.OpenBareStory)
	require.EqualError(t, err, "a.txt:6: the answers differ\nrevision\nfeature-level\n----\nwant:\nrevision 7\n\ngot:\nrevision 0\nfeature level 1\n")
	require.Equal(t, metadata.Genesis().Digest(), digest)
}

// What was answered before a story broke off is judged, too.
func TestAStoryThatBreaksOff(t *testing.T) {
	_, err := conformance.TellStory(t.Context(), story("revision\n----\nrevision 7\n\nrevision\ndance\n----\n"), "a.txt", conformance.OpenBareStory)
	require.ErrorContains(t, err, "a.txt:1: the answers differ")
	require.ErrorContains(t, err, `a.txt:6: no command "dance"`)

	_, err = conformance.TellStory(t.Context(), story(""), "b.txt", conformance.OpenBareStory)
	require.ErrorContains(t, err, "b.txt")
}

func TestEveryStoreThatAStoryOpensIsClosed(t *testing.T) {
	opened, closed := 0, []int{}
	open := func(ctx context.Context) (conformance.StoryTarget, error) {
		target, err := conformance.OpenBareStory(ctx)
		opened++
		n := opened
		target.Close = func(ctx context.Context) error {
			closed = append(closed, n)
			return ctx.Err()
		}
		return target, err
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err := conformance.TellStory(ctx, story("fresh\nfresh\n----\nnothing here yet\nnothing here yet\n"), "a.txt", open)
	require.NoError(t, err)
	require.Equal(t, []int{3, 2, 1}, closed)

	opened, closed = 0, []int{}
	cancel()
	_, err = conformance.TellStory(ctx, story("create-topic name=t\n----\n"+aTopic), "a.txt", open)
	require.ErrorContains(t, err, "context canceled")
	require.Equal(t, []int{1}, closed, "it is closed under a context that goes on")
}

func TestAStoreThatCantBeOpenedOrClosed(t *testing.T) {
	opened := 0
	open := func(ctx context.Context) (conformance.StoryTarget, error) {
		if opened++; opened == 2 {
			return conformance.StoryTarget{}, errors.New("the disk is full")
		}
		target, err := conformance.OpenBareStory(ctx)
		target.Close = func(context.Context) error { return errors.New("it hangs") }
		return target, err
	}
	_, err := conformance.TellStory(t.Context(), story("revision\nfresh\n----\n"), "a.txt", open)
	require.EqualError(t, err, "a.txt:2: the disk is full\na store can't be closed: it hangs")

	opened = 1
	_, err = conformance.TellStory(t.Context(), story("revision\n----\n"), "a.txt", open)
	require.EqualError(t, err, "a.txt: no store to tell it to: the disk is full")
}

// openThree opens three nodes over one log in memory.
func openThree(ctx context.Context) (conformance.StoryTarget, error) {
	log := inmem.NewCluster()
	var nodes []host.Config
	for i := range 3 {
		id := fmt.Sprintf("n%d", i+1)
		nodes = append(nodes, host.Config{
			ClusterID: "stories", NodeID: id,
			Backend: func(context.Context) (sdk.Backend, error) { return log.Backend(id), nil },
		})
	}
	return conformance.OpenHostStory(ctx, nodes)
}

func TestStoriesAtThreeNodes(t *testing.T) {
	names, err := conformance.StoryNames(conformance.Stories())
	require.NoError(t, err)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			bare, err := conformance.TellStory(t.Context(), conformance.Stories(), name, conformance.OpenBareStory)
			require.NoError(t, err)
			three, err := conformance.TellStory(t.Context(), conformance.Stories(), name, openThree)
			require.NoError(t, err)
			require.Equal(t, bare, three)
		})
	}
}

func TestOfSeveralNodesOneThatCantBeOpenedEndsThemAll(t *testing.T) {
	log, broken := inmem.NewCluster(), errors.New("no such plugin")
	_, err := conformance.OpenHostStory(t.Context(), []host.Config{
		{NodeID: "n1", Backend: func(context.Context) (sdk.Backend, error) { return log.Backend("n1"), nil }},
		{NodeID: "n2", Backend: func(context.Context) (sdk.Backend, error) { return nil, broken }},
	})
	require.ErrorIs(t, err, broken)
	again, err := conformance.OpenHostStory(t.Context(), []host.Config{
		{NodeID: "n1", Backend: func(context.Context) (sdk.Backend, error) { return log.Backend("n1"), nil }},
	})
	require.NoError(t, err, "n1 was left open")
	require.NoError(t, again.Close(t.Context()))
}

// A node that went another way is named: one that lags, one that is ahead, and one
// that has come to something else.
func TestAFollowerThatDoesntFollow(t *testing.T) {
	for want, topics := range map[string][]string{
		"a.txt: node n2: it doesn't come to revision 1: unavailable":    nil,
		"a.txt: node n2: it is at revision 2, and the story ended at 1": {"t", "u"},
		"a.txt: node n2: at revision 1 its digest is ":                  {"u"},
	} {
		open := func(ctx context.Context) (conformance.StoryTarget, error) {
			target, err := conformance.OpenBareStory(ctx)
			other := host.NewBare(host.WithClock(target.Clock.Now))
			for _, name := range topics {
				_, err := other.CreateTopic(ctx, metadata.TopicSpec{Name: name, Partitions: 1, ReplicationFactor: 1})
				require.NoError(t, err)
			}
			target.Followers = []conformance.StoryFollower{{
				Name: "n2", Store: other, Digest: func() metadata.Digest { return other.View().Digest() },
			}}
			return target, err
		}
		_, err := conformance.TellStory(t.Context(), story("create-topic name=t partitions=1 rf=1\n----\n"+aTopic), "a.txt", open)
		require.ErrorContains(t, err, want)
	}
}
