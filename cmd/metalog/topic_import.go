package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/spf13/cobra"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

const maxInFlight = 256

// importer creates the topics of a file, some at a time. Each line is one write
// that is repeated until it is answered or its time is up. The first line whose
// time is up ends the import: the next would fare no better.
type importer struct {
	c        *cli
	node     node
	progress *progress
	stop     context.CancelFunc

	mu    sync.Mutex // guards printing and what follows
	tally tally
}

// importTopics is topic create --from-file.
func (c *cli) importTopics(cmd *cobra.Command, names []string, f *topicCreate) error {
	if err := checkImport(cmd, names, f); err != nil {
		return err
	}
	input, lines, err := c.openLines(f.file)
	if err != nil {
		return err
	}
	defer input.Close()
	return c.dial(func(n node) error {
		ctx, stop := context.WithCancel(cmd.Context())
		defer stop()
		im := &importer{c: c, node: n, stop: stop}
		if err := im.begin(ctx); err != nil {
			return err
		}
		im.progress = c.startProgress(f.progress, "topics", lines)
		err := im.run(ctx, input, f.inFlight)
		im.progress.stop()
		im.tally.interrupted = cmd.Context().Err() != nil
		return errors.Join(err, im.finish())
	})
}

// checkImport refuses the flags that describe one topic.
func checkImport(cmd *cobra.Command, names []string, f *topicCreate) error {
	if len(names) > 0 {
		return usagef("give a NAME or --from-file, not both")
	}
	for _, flag := range []string{"partitions", "replication-factor", "config", "assign", "id", "request-id", "validate-only"} {
		if cmd.Flags().Changed(flag) {
			return usagef("--%s is about one topic: it doesn't go with --from-file", flag)
		}
	}
	if f.inFlight < 1 || f.inFlight > maxInFlight {
		return usagef("--in-flight is 1 to %d, not %d", maxInFlight, f.inFlight)
	}
	return nil
}

// openLines opens the input. lines is how many it has, 0 if that can't be told.
func (c *cli) openLines(path string) (input io.ReadCloser, lines int64, err error) {
	if path == "-" {
		return io.NopCloser(c.in), 0, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, usagef("--from-file: %w", err)
	}
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return file, 0, err
	}
	err = readLines(file, func(numberedLine) bool { lines++; return true })
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	return file, lines, err
}

// begin finds the node there before a line is read.
func (im *importer) begin(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, im.c.wait)
	defer cancel()
	_, err := im.node.Status(ctx)
	return err
}

// run reads lines until the end, a signal, or a line that got no answer, and
// returns when all that were begun are done. The reading goroutine ends with
// the input or the process: a blocked read can't be called off.
func (im *importer) run(ctx context.Context, input io.Reader, inFlight int) error {
	lines := make(chan numberedLine)
	read := make(chan error, 1)
	go func() {
		read <- readLines(input, func(line numberedLine) bool {
			select {
			case lines <- line:
				return true
			case <-ctx.Done():
				return false
			}
		})
		close(lines)
	}()
	slots := make(chan struct{}, inFlight)
	var begun sync.WaitGroup
	defer begun.Wait()
	for {
		select {
		case <-ctx.Done():
			return nil
		case line, more := <-lines:
			if !more {
				return <-read
			}
			slots <- struct{}{}
			begun.Go(func() {
				defer func() { <-slots }()
				im.line(ctx, line)
			})
		}
	}
}

// line sees one line through. A signal doesn't call off what is on the way: it
// would leave an outcome unknown that is about to be known.
func (im *importer) line(ctx context.Context, line numberedLine) {
	if ctx.Err() != nil {
		return // it was read while the import was being ended
	}
	defer im.progress.add(1)
	var spec metadata.TopicSpec
	if line.err == nil {
		spec, line.err = parseTopicLine(line.text)
	}
	if line.err != nil {
		im.garbage(line)
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), im.c.wait)
	defer cancel()
	created, err := whileAway(ctx, im.c.wait, gone, func(ctx context.Context) (metadata.CreatedTopic, error) {
		return im.node.CreateTopic(ctx, spec)
	})
	im.answer(line, spec, created, err)
}

func (im *importer) answer(line numberedLine, spec metadata.TopicSpec, created metadata.CreatedTopic, err error) {
	var refusal *metadata.Error
	switch {
	case err == nil:
		im.print(&im.tally.created, fate{Line: line.number, Topic: spec.Name, Result: "created", Revision: created.Revision})
	case errors.Is(err, sdk.ErrOutcomeUnknown):
		im.stop()
		im.unknown(line, spec, err)
	case errors.As(err, &refusal):
		im.refused(fate{Line: line.number, Topic: spec.Name, Revision: refusal.Revision}, refusal)
	default:
		im.stop()
		im.lost(line, err)
	}
}

func (im *importer) refused(f fate, refusal *metadata.Error) {
	if errors.Is(refusal, metadata.ErrAlreadyExists) {
		f.Result = "already there"
		im.print(&im.tally.alreadyThere, f)
		return
	}
	f.Result, f.Code, f.Why = "refused", refusal.Code.String(), refusal.Error()
	im.print(&im.tally.refused, f)
}

func (im *importer) unknown(line numberedLine, spec metadata.TopicSpec, err error) {
	f := fate{Line: line.number, Topic: spec.Name, Result: "outcome unknown"}
	note := fmt.Sprintf("line %d: outcome unknown: %v", line.number, err)
	if t, ok, cause := ticketOf(err); ok {
		f.RequestID = t.String()
		note = fmt.Sprintf("line %d: outcome unknown: %v. Ask again: %s", line.number, cause, createCommand(spec, t))
	}
	im.print(&im.tally.unknown, f)
	im.note(note)
}

func (im *importer) note(text string) {
	im.mu.Lock()
	defer im.mu.Unlock()
	im.progress.note(text)
}
