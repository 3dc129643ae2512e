package conformance

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
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
	open     OpenStory
	opened   []StoryTarget // all of them, to be closed
	target   StoryTarget   // the last of them
	topics   uint32        // given an id so far
	requests uint64        // likewise
	revision uint64        // the last write's
	asked    map[metadata.RequestID]asked
	verbs    map[string]verb
	met      Coverage
}

// newTeller needs fresh before its first command.
func newTeller(open OpenStory) *teller {
	return &teller{open: open, verbs: verbs, met: newCoverage()}
}

// block carries out a block's commands and returns their answers, a line or
// more each. The error names the line.
func (s *teller) block(ctx context.Context, b block) (string, error) {
	var out strings.Builder
	told := make(map[string]bool)
	at := b.line
	for _, lines := range commandsOf(b.commands) {
		w, err := readCommand(lines)
		if err != nil {
			return "", fmt.Errorf("%d: %w", at, err)
		}
		text, err := s.command(ctx, w)
		if err != nil {
			return "", fmt.Errorf("%d: %w", at, err)
		}
		told[s.verbs[w.name].operation] = true
		at += len(lines)
		out.WriteString(text + "\n")
	}
	for operation := range told {
		s.met.Stories[operation]++
	}
	return out.String(), nil
}

// command carries out one. It doesn't change w.
func (s *teller) command(ctx context.Context, w words) (string, error) {
	v, ok := s.verbs[w.name]
	if !ok {
		return "", fmt.Errorf("no command %q", w.name)
	}
	do := s.read(v, &w)
	if err := w.done(); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, storyPatience)
	defer cancel()
	text, err := do(ctx)
	return s.answer(v.operation, text, err)
}

func (s *teller) read(v verb, w *words) call {
	if v.write != nil {
		return s.writing(v, w)
	}
	return v.read(s, w)
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
		text = refusal(refused, err, text)
	}
	if !metadata.MayAnswer(operation, code) {
		return "", fmt.Errorf("%s answers %s (%d), which isn't one of its codes: %s", operation, code, code, text)
	}
	s.met.Codes.add(operation, code, 1)
	return text, s.judgeItems(operation)
}

// judgeItems ends the story where an item was answered with a code that its
// operation's items don't have.
func (s *teller) judgeItems(operation string) error {
	for code := range s.met.Items[operation] {
		if !metadata.ItemMayAnswer(operation, code) {
			return fmt.Errorf("an item of %s has %s (%d), which isn't one of its items' codes", operation, code, code)
		}
	}
	return nil
}

// refusal is one in words; more is what it answers beside its code.
func refusal(e *metadata.Error, err error, more string) string {
	flags := more
	if e.Deduplicated {
		flags += " deduplicated"
	}
	if errors.Is(err, sdk.ErrOutcomeUnknown) {
		flags += " outcome unknown"
	}
	return fmt.Sprintf("%s (%d) revision=%d%s: %s", e.Code, e.Code, e.Revision, flags, e.Message)
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

func (s *teller) nextRequest() (id metadata.RequestID, first uint64) {
	s.requests++
	binary.BigEndian.PutUint64(id[8:], s.requests)
	return id, s.revision
}
