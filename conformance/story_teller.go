package conformance

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// storyPatience bounds one command, a flood included, so that a store that hangs
// fails by name.
const storyPatience = 2 * time.Minute

// teller tells one script to a store. Ids are counted, never random, so that
// every store gets the same events.
type teller struct {
	open     func() StoryTarget
	target   StoryTarget
	topics   uint32 // given an id so far
	requests uint64 // likewise
	revision uint64 // the last write's
	met      Coverage
}

func newTeller(open func() StoryTarget) *teller {
	return &teller{open: open, target: open(), met: make(Coverage)}
}

// call is a command that was read and can be carried out. Its text is the
// answer when there is no error.
type call func(ctx context.Context) (text string, err error)

// verb is one command of the stories' language.
type verb struct {
	operation string // of the store; empty: the command is about the story itself
	read      func(s *teller, w *words) call
}

// block carries out a block's commands and returns their answers, a line or
// more each. The error names the line.
func (s *teller) block(ctx context.Context, b block) (string, error) {
	var out strings.Builder
	for i, line := range b.commands {
		text, err := s.command(ctx, line)
		if err != nil {
			return "", fmt.Errorf("%d: %w", b.line+i, err)
		}
		out.WriteString(text + "\n")
	}
	return out.String(), nil
}

func (s *teller) command(ctx context.Context, line string) (string, error) {
	w, err := splitWords(line)
	if err != nil {
		return "", err
	}
	v, ok := verbs[w.name]
	if !ok {
		return "", fmt.Errorf("no command %q", w.name)
	}
	do := v.read(s, &w)
	if err := w.done(); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, storyPatience)
	defer cancel()
	text, err := do(ctx)
	return s.answer(v.operation, text, err)
}

// answer puts an outcome into words, if the operation may have it.
func (s *teller) answer(operation, text string, err error) (string, error) {
	if operation == "" {
		return text, err
	}
	var refused *metadata.Error
	if err != nil && !errors.As(err, &refused) {
		return "error: " + err.Error(), nil
	}
	code := metadata.CodeNone
	if refused != nil {
		code = refused.Code
		text = refusal(refused, err)
	}
	if !mayAnswer(operation, code) {
		return "", fmt.Errorf("%s answers %s (%d), which isn't one of its codes: %s", operation, code, code, text)
	}
	s.met.add(operation, code, 1)
	return text, nil
}

func refusal(e *metadata.Error, err error) string {
	flags := ""
	if e.Deduplicated {
		flags += " deduplicated"
	}
	if errors.Is(err, sdk.ErrOutcomeUnknown) {
		flags += " outcome unknown"
	}
	return fmt.Sprintf("%s (%d) revision=%d%s: %s", e.Code, e.Code, e.Revision, flags, e.Message)
}

func mayAnswer(operation string, code metadata.Code) bool {
	for _, o := range metadata.Operations() {
		if o.Name == operation {
			return slices.Contains(o.Codes, code) || o.Write && slices.Contains(metadata.WriteCodes(), code)
		}
	}
	return false
}

// topicID is the id that stories call tN.
func topicID(n uint32) (id metadata.TopicID) {
	binary.BigEndian.PutUint32(id[12:], n)
	return id
}

// topicID reads tN.
func (w *words) topicID(text string) metadata.TopicID {
	n, ok := strings.CutPrefix(text, "t")
	if !ok {
		w.fail("%s: %q isn't a topic id like t1", w.name, text)
	}
	return topicID(uint32(w.parse(n)))
}

func (s *teller) nextTopicID() metadata.TopicID {
	s.topics++
	return topicID(s.topics)
}

// writeOptions takes request=NAME@FIRST and validate-only. Without a request,
// the write gets an id that no other one has.
func (s *teller) writeOptions(w *words) []metadata.WriteOption {
	id, first := s.nextRequest()
	if text, ok := w.optional("request"); ok {
		name, at, _ := strings.Cut(text, "@")
		id, first = metadata.RequestID{}, uint64(w.parse(at))
		copy(id[:], name)
	}
	opts := []metadata.WriteOption{metadata.WithRequestID(id, first)}
	if w.flag("validate-only") {
		opts = append(opts, metadata.ValidateOnly())
	}
	return opts
}

func (s *teller) nextRequest() (id metadata.RequestID, first uint64) {
	s.requests++
	binary.BigEndian.PutUint64(id[8:], s.requests)
	return id, s.revision
}

// written is the answer to a write that succeeded.
func (s *teller) written(w metadata.Written, opts []metadata.WriteOption, more string) string {
	if metadata.NewWriteOptions(opts).ValidateOnly {
		return fmt.Sprintf("would succeed revision=%d", w.Revision)
	}
	s.revision = max(s.revision, w.Revision)
	if w.Deduplicated {
		more += " deduplicated"
	}
	return fmt.Sprintf("ok revision=%d%s", w.Revision, more)
}
