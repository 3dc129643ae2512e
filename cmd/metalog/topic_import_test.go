package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
)

// catalogue is a node that only knows topics' names.
type catalogue struct {
	node
	create func(name string) error // asked before a topic is made; nil: nothing to object

	mu       sync.Mutex
	revision uint64
	topics   map[string]bool
	most     int // creations on the way at once
	now      int
}

func (n *catalogue) CreateTopic(_ context.Context, spec metadata.TopicSpec, opts ...metadata.WriteOption) (metadata.CreatedTopic, error) {
	n.enter(1)
	defer n.enter(-1)
	if n.create != nil {
		if err := n.create(spec.Name); err != nil {
			return metadata.CreatedTopic{}, err
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.revision++
	if n.topics[spec.Name] {
		return metadata.CreatedTopic{}, &metadata.Error{Code: metadata.CodeTopicAlreadyExists, Revision: n.revision}
	}
	n.topics[spec.Name] = true
	o := metadata.NewWriteOptions(opts)
	return metadata.CreatedTopic{Written: metadata.Written{Revision: n.revision, RequestID: o.RequestID}}, nil
}

func (n *catalogue) enter(by int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.now += by
	n.most = max(n.most, n.now)
}

// runImport imports input with at most inFlight lines on the way, against n.
func runImport(ctx context.Context, t *testing.T, n *catalogue, input io.Reader, inFlight int) (im *importer, stdout, stderr string, err error) {
	t.Helper()
	var out, errOut bytes.Buffer
	c := &cli{out: &out, err: &errOut, wait: 2 * time.Second, format: formatTable}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	n.topics = map[string]bool{"old": true}
	im = &importer{c: c, node: n, stop: stop, progress: c.startProgress(progressPlain, "topics", 0)}
	err = im.run(ctx, input, inFlight)
	im.progress.stop()
	if err == nil {
		err = im.finish()
	}
	return im, out.String(), errOut.String(), err
}

func TestImportFates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		input := "{\"name\":\"a\"}\n\nnonsense\n{\"name\":\"old\"}\n{\"name\":\"bad\"}\n{\"name\":\"z\"}\n"
		n := &catalogue{create: func(name string) error {
			if name == "bad" {
				return &metadata.Error{Code: metadata.CodeInvalidPartitions, Message: "none", Revision: 9}
			}
			return nil
		}}
		im, stdout, stderr, err := runImport(t.Context(), t, n, strings.NewReader(input), 1)
		require.Equal(t, tally{created: 2, alreadyThere: 1, refused: 1, garbage: 1}, im.tally)
		require.Equal(t, "topic a created · revision 1\n"+
			"topic old already there · revision 2\n"+
			"topic bad refused · revision 9 · INVALID_PARTITIONS: none\n"+
			"topic z created · revision 3\n", stdout)
		require.Contains(t, stderr, "line 3: not a topic: ")
		require.Contains(t, stderr, "5 topics in 0s: 2 created, 1 already there, 1 refused, 1 not a topic\n")
		var f *failure
		require.ErrorAs(t, err, &f)
		require.Equal(t, exitError, f.code)
	})
}

func TestImportIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var input strings.Builder
		for i := range 100 {
			fmt.Fprintf(&input, "{\"name\":\"t%d\"}\n", i)
		}
		n := &catalogue{create: func(string) error { time.Sleep(time.Second); return nil }}
		im, stdout, _, err := runImport(t.Context(), t, n, strings.NewReader(input.String()), 8)
		require.NoError(t, err)
		require.Equal(t, tally{created: 100}, im.tally)
		require.Equal(t, 8, n.most)
		require.Equal(t, 100, strings.Count(stdout, "\n"))
	})
}

// A node that goes away in the middle ends the import; what surely wasn't
// written and what may have been are told apart.
func TestImportStopsWhenNobodyAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		fail error
		code int
	}{
		"unreachable": {errRefused, exitUnreachable},
		"unknown":     {errUnknown, exitUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var input strings.Builder
				for i := range 1000 {
					fmt.Fprintf(&input, "{\"name\":\"t%d\"}\n", i)
				}
				n := &catalogue{create: func(name string) error {
					if len(name) > 3 {
						return test.fail
					}
					return nil
				}}
				begin := time.Now()
				im, stdout, _, err := runImport(t.Context(), t, n, strings.NewReader(input.String()), 4)
				var f *failure
				require.ErrorAs(t, err, &f)
				require.Equal(t, test.code, f.code)
				require.InDelta(t, 98, im.tally.created, 2, "all before, but those read and not begun")
				require.LessOrEqual(t, im.tally.lost+im.tally.unknown, 5)
				require.Equal(t, im.tally.created, strings.Count(stdout, " created "))
				require.Equal(t, im.tally.unknown, strings.Count(stdout, " outcome unknown · --request-id "))
				require.Less(t, time.Since(begin), 3*time.Second)
			})
		})
	}
}

// A signal ends the reading and lets what is on the way be answered.
func TestImportInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, feed := io.Pipe()
		ctx, interrupt := context.WithCancel(t.Context())
		n := &catalogue{create: func(string) error { time.Sleep(time.Second); return nil }}
		go func() {
			fmt.Fprintln(feed, `{"name":"a"}`)
			time.Sleep(time.Millisecond)
			interrupt()
		}()
		im, stdout, _, _ := runImport(ctx, t, n, in, 4)
		feed.Close()
		require.Equal(t, tally{created: 1}, im.tally)
		require.Equal(t, "topic a created · revision 1\n", stdout)
	})
}

func TestImportPrintsJSONLines(t *testing.T) {
	var out bytes.Buffer
	c := &cli{out: &out, err: io.Discard, format: formatJSON}
	im := &importer{c: c, progress: c.startProgress(progressNone, "topics", 0)}
	im.print(&im.tally.created, fate{Line: 3, Topic: "a", Result: "created", Revision: 7})
	im.progress.stop()
	var got map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &got))
	require.Equal(t, map[string]any{"line": 3.0, "topic": "a", "result": "created", "revision": 7.0}, got)
}

func TestCreateCommandAsksForTheSame(t *testing.T) {
	value := "it's"
	spec := metadata.TopicSpec{
		Name: "a", Partitions: 3, ReplicationFactor: metadata.Default,
		Configs: []metadata.ConfigValue{{Key: "x.k", Value: &value}},
	}
	ticket := ticket{id: metadata.RequestID{1}, first: 5}
	require.Equal(t, `metalog topic create a --partitions 3 --config 'x.k=it'\''s' --request-id `+ticket.String(), createCommand(spec, ticket))
}
