package main

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
)

// telling is a node that tells these messages, and then an error.
type telling struct {
	nameless
	messages []metadata.WatchMessage
	err      error
}

func (n telling) Watch(ctx context.Context, _ ...metadata.WatchOption) iter.Seq2[metadata.WatchMessage, error] {
	return func(yield func(metadata.WatchMessage, error) bool) {
		for _, m := range n.messages {
			if !yield(m, nil) {
				return
			}
		}
		yield(metadata.WatchMessage{}, errors.Join(n.err, ctx.Err()))
	}
}

func groupMade(revision uint64, id string) metadata.WatchMessage {
	return metadata.WatchMessage{
		Kind: metadata.WatchChange, Revision: revision, Previous: revision - 1, Operation: "PutGroup",
		Changes: []metadata.Change{{After: &metadata.Group{ID: id, State: metadata.GroupEmpty}}},
	}
}

func TestWatchUntil(t *testing.T) {
	gone := errors.New("the node went away")
	state := []metadata.WatchMessage{
		{Kind: metadata.WatchState, Revision: 9, Changes: groupMade(9, "a").Changes},
		{Kind: metadata.WatchState, Revision: 9, Changes: groupMade(9, "b").Changes},
		{Kind: metadata.WatchStateEnd, Revision: 9},
		groupMade(10, "c"),
	}
	changes := []metadata.WatchMessage{
		{Kind: metadata.WatchBookmark, Revision: 3}, groupMade(4, "a"), groupMade(6, "b"), {Kind: metadata.WatchBookmark, Revision: 8},
	}
	for name, test := range map[string]struct {
		messages []metadata.WatchMessage
		until    uint64
		want     []string // the groups that are told
		err      bool
	}{
		"told already":           {changes, 3, nil, false},
		"a change":               {changes, 4, []string{"a"}, false},
		"between two changes":    {changes, 5, []string{"a"}, false},
		"a bookmark":             {changes, 7, []string{"a", "b"}, false},
		"not before the end":     {changes, 20, []string{"a", "b"}, true},
		"the state as a whole":   {state, 5, []string{"a", "b"}, false},
		"beyond the state":       {state, 10, []string{"a", "b", "c"}, false},
		"the state and not more": {state, 9, []string{"a", "b"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			var out, errOut bytes.Buffer
			w := &watcher{c: &cli{out: &out, err: &errOut, format: formatTable}, until: &test.until}
			err := w.run(t.Context(), telling{messages: test.messages, err: gone}, "", nil)
			require.Equal(t, test.err, err != nil)
			var want string
			for _, id := range test.want {
				want += "+ group " + id + " "
			}
			var got string
			for line := range bytes.Lines(out.Bytes()) {
				got += string(line[:len("+ group x ")])
			}
			require.Equal(t, want, got)
		})
	}
}

// What ended a watch says how to go on.
func TestWatchLost(t *testing.T) {
	var out, errOut bytes.Buffer
	w := &watcher{c: &cli{out: &out, err: &errOut, format: formatTable}}
	err := w.run(t.Context(), telling{messages: []metadata.WatchMessage{groupMade(4, "a")}, err: errors.New("lost")}, "", nil)
	require.ErrorContains(t, err, "lost. To go on from there: metalog watch --from 4")
}

// ^C is no failure.
func TestWatchEnds(t *testing.T) {
	ctx, signal := context.WithCancel(t.Context())
	signal()
	w := &watcher{c: &cli{out: &bytes.Buffer{}, err: &bytes.Buffer{}, format: formatTable}}
	require.NoError(t, w.run(ctx, telling{}, "", nil))
}

func TestWatchAsJSON(t *testing.T) {
	var out bytes.Buffer
	w := &watcher{c: &cli{out: &out, err: &bytes.Buffer{}, format: formatJSON}}
	until := uint64(4)
	w.until = &until
	require.NoError(t, w.run(t.Context(), telling{messages: []metadata.WatchMessage{
		{Kind: metadata.WatchBookmark, Revision: 3}, groupMade(4, "a"),
	}}, "", nil))
	lines := bytes.Split(bytes.TrimSpace(out.Bytes()), []byte("\n"))
	require.Len(t, lines, 2)
	require.JSONEq(t, `{"kind":"bookmark","revision":3}`, string(lines[0]))
	require.Contains(t, string(lines[1]), `{"kind":"change","revision":4,"previous":3,`)
	require.Contains(t, string(lines[1]), `"changes":[{"noun":"group","key":"a","after":{"id":"a",`)
}

// A watch has no end of its own, and goes on beyond --timeout.
func TestWatchUntilSignal(t *testing.T) {
	n := start(t, t.TempDir(), "n1")
	require.NoError(t, n.serving())
	for _, topic := range []string{"a", "b"} {
		code, _, stderr := runAt(t, n.grpc, "topic", "create", topic)
		require.Equal(t, exitOK, code, stderr)
	}
	ctx, signal := context.WithCancel(t.Context())
	defer signal()
	out := &untilTwice{word: "+ topic ", then: signal}
	var errOut bytes.Buffer
	code := run(ctx, []string{"watch", "--from", "0", "--addr", n.grpc}, &bytes.Buffer{}, out, &errOut)
	require.Equal(t, exitOK, code, errOut.String())
}
