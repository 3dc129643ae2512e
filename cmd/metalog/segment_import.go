package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// What is stored at once: an event's size is limited, and a line is longer than
// what is stored of it.
const (
	chunkSegments = 1000
	chunkBytes    = 768 << 10
)

// segmentImporter stores the segments of a file, a chunk after the other. Each
// chunk is one write that is repeated until it is answered or its time is up.
// The first chunk whose time is up ends the import.
type segmentImporter struct {
	c        *cli
	node     node
	progress *progress
	replace  bool
	topics   map[string]topicLookup

	lines []int // of the chunk's segments
	words []string
	chunk []metadata.SegmentSpec
	bytes int

	stored, other, refused, garbage int
}

// topicLookup is a topic's id, or why there is none.
type topicLookup struct {
	id  metadata.TopicID
	err error
}

// importSegments is segment put --from-file.
func (c *cli) importSegments(cmd *cobra.Command, given []string, f *segmentPut) error {
	if len(given) > 0 {
		return usagef("give TOPIC PARTITION ID or --from-file, not both")
	}
	for _, flag := range segmentContentFlags {
		if cmd.Flags().Changed(flag) {
			return usagef("--%s is about one segment: it doesn't go with --from-file", flag)
		}
	}
	input, lines, err := c.openLines(f.file)
	if err != nil {
		return err
	}
	defer input.Close()
	return c.dial(func(n node) error {
		im := &segmentImporter{c: c, node: n, replace: f.replace, topics: map[string]topicLookup{}}
		im.progress = c.startProgress(f.progress, "segments", lines)
		err := im.run(cmd.Context(), input)
		im.progress.stop()
		im.progress.totals([]total{
			{"stored", im.stored},
			{"there with other content", im.other},
			{"refused", im.refused},
			{"not a segment", im.garbage},
		})
		return im.finish(err)
	})
}

// run reads lines until the end, a signal, or a chunk that got no answer.
func (im *segmentImporter) run(ctx context.Context, input io.Reader) error {
	var failed error
	err := readLines(input, func(line numberedLine) bool {
		if ctx.Err() != nil {
			failed = errInterrupted
			return false
		}
		if failed = im.line(ctx, line); failed == nil && im.full() {
			failed = im.store(ctx)
		}
		return failed == nil
	})
	if failed == nil && err == nil {
		failed = im.store(ctx)
	}
	return errors.Join(failed, err)
}

var errInterrupted = errors.New("interrupted: the rest of the file wasn't read")

func (im *segmentImporter) full() bool {
	return len(im.chunk) >= chunkSegments || im.bytes >= chunkBytes
}

// line adds a line to the chunk, or says why it can't. Its error ends the
// import.
func (im *segmentImporter) line(ctx context.Context, line numberedLine) error {
	if line.err == nil && im.bytes+len(line.text) > chunkBytes && len(im.chunk) > 0 {
		if err := im.store(ctx); err != nil {
			return err
		}
	}
	var topic string
	var spec metadata.SegmentSpec
	if line.err == nil {
		topic, spec, line.err = parseSegmentLine(line.text)
	}
	if line.err != nil {
		im.garbage++
		im.progress.add(1)
		im.progress.note(fmt.Sprintf("line %d: %v", line.number, line.err))
		return nil //nolint:nilerr // it is told and counted, and the rest goes on
	}
	word := placeText(cmp.Or(topic, spec.Topic.String()), spec.Partition) + "/" + spec.ID
	err := im.resolve(ctx, topic, &spec.Topic)
	if refusal, ok := errors.AsType[*metadata.Error](err); ok {
		im.progress.add(1)
		return im.refuse(line.number, word, refusal.Code)
	}
	im.lines, im.words, im.chunk = append(im.lines, line.number), append(im.words, word), append(im.chunk, spec)
	im.bytes += len(line.text)
	return err
}

// resolve looks up the id of a topic that was named, each name once.
func (im *segmentImporter) resolve(ctx context.Context, name string, id *metadata.TopicID) error {
	if !id.IsZero() {
		return nil
	}
	known, ok := im.topics[name]
	if !ok {
		ctx, cancel := context.WithTimeout(ctx, im.c.wait)
		defer cancel()
		known.err = observeTopic(ctx, im.node, name, &known.id)
		im.topics[name] = known
	}
	*id = known.id
	return known.err
}

// store writes the chunk. A signal doesn't call it off: that would leave an
// outcome unknown that is about to be known.
func (im *segmentImporter) store(ctx context.Context) error {
	if len(im.chunk) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), im.c.wait)
	defer cancel()
	spec := metadata.SegmentsSpec{Segments: im.chunk, Replace: im.replace}
	done, err := whileAway(ctx, im.c.wait, gone, func(ctx context.Context) (metadata.CommittedItems, error) {
		return im.node.PutSegments(ctx, spec)
	})
	if err != nil {
		return im.lost(err)
	}
	im.stored += len(im.chunk) - len(done.Failed)
	im.progress.add(int64(len(im.chunk)))
	for _, f := range done.Failed {
		if err := im.refuse(im.lines[f.Index], im.words[f.Index], f.Code); err != nil {
			return err
		}
	}
	im.lines, im.words, im.chunk, im.bytes = nil, nil, nil, 0
	return nil
}

// lost is the error of a chunk that got no answer.
func (im *segmentImporter) lost(err error) error {
	where := fmt.Errorf("lines %d to %d: %w", im.lines[0], im.lines[len(im.lines)-1], err)
	if !errors.Is(err, sdk.ErrOutcomeUnknown) {
		return im.c.explain(where)
	}
	return &failure{
		code: exitUnknown, err: fmt.Errorf("outcome unknown: %w", where),
		next: "Store the file again: what was stored is accepted as it is",
	}
}

// segmentFate is a segment that was refused, as it is printed.
type segmentFate struct {
	Line    int    `json:"line"`
	Segment string `json:"segment"`
	Code    string `json:"code"`
}

// refuse prints a segment that wasn't taken and counts it.
func (im *segmentImporter) refuse(line int, word string, code metadata.Code) error {
	if errors.Is(&metadata.Error{Code: code}, metadata.ErrAlreadyExists) {
		im.other++
	} else {
		im.refused++
	}
	fate := segmentFate{Line: line, Segment: word, Code: code.String()}
	text := fmt.Sprintf("line %d: segment %s refused: %s", fate.Line, fate.Segment, fate.Code)
	if im.c.format != formatTable {
		raw, err := json.Marshal(fate)
		if err != nil {
			return err
		}
		text = string(raw) // a line of YAML too
	}
	im.progress.line(im.c.out, text)
	return nil
}

// finish turns what happened into the exit code, the worst first.
func (im *segmentImporter) finish(err error) error {
	switch {
	case err != nil:
		return err
	case im.refused+im.garbage > 0:
		return &failure{code: exitError, err: fmt.Errorf("%d of the lines stored nothing: see above", im.refused+im.garbage+im.other)}
	case im.other > 0:
		return &failure{
			code: exitConflict, err: fmt.Errorf("%d segments are there already with other content: see above", im.other),
			next: "To put these in their place: --replace",
		}
	default:
		return nil
	}
}
