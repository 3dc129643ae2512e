package conformance

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/chronik-stream/metalog/metadata"
)

// words are a command line taken apart: its name, then plain words and
// key=value pairs, in order. What a command doesn't take is left over, and an
// error.
type words struct {
	name  string
	rest  []string
	below []words // the lines that are indented below this one
	err   error
}

// readCommand takes a command apart: a line, and those indented below it.
func readCommand(lines []string) (words, error) {
	w, err := splitWords(lines[0])
	if err != nil {
		return words{}, err
	}
	var below []string
	for _, line := range lines[1:] {
		below = append(below, strings.TrimPrefix(line, indent))
	}
	for _, lines := range commandsOf(below) {
		inner, err := readCommand(lines)
		if err != nil {
			return words{}, err
		}
		w.below = append(w.below, inner)
	}
	return w, nil
}

// indent is what makes a line belong to the one above.
const indent = "  "

// commandsOf tells which lines make a command together.
func commandsOf(lines []string) (out [][]string) {
	for _, line := range lines {
		if len(out) > 0 && strings.HasPrefix(line, indent) {
			out[len(out)-1] = append(out[len(out)-1], line)
		} else {
			out = append(out, []string{line})
		}
	}
	return out
}

// splitWords splits at blanks, but not within double quotes, which are Go's.
func splitWords(line string) (words, error) {
	var all []string
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimLeft(line, " ") {
		word, rest, err := cutWord(line)
		if err != nil {
			return words{}, err
		}
		all, line = append(all, word), rest
	}
	if len(all) == 0 {
		return words{}, errors.New("a line of blanks is no command")
	}
	return words{name: all[0], rest: all[1:]}, nil
}

func cutWord(line string) (word, rest string, err error) {
	for line != "" && line[0] != ' ' {
		if line[0] != '"' {
			word, line = word+line[:1], line[1:]
			continue
		}
		quoted, err := strconv.QuotedPrefix(line)
		if err != nil {
			return "", "", fmt.Errorf("a quote doesn't end: %s", line)
		}
		text, err := strconv.Unquote(quoted)
		if err != nil {
			return "", "", err
		}
		word, line = word+text, line[len(quoted):]
	}
	return word, line, nil
}

func (w *words) fail(format string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf(format, args...)
	}
}

// next takes the first word that is left.
func (w *words) next() string {
	if len(w.rest) == 0 {
		w.fail("%s wants another word", w.name)
		return ""
	}
	word := w.rest[0]
	w.rest = w.rest[1:]
	return word
}

// takeBelow takes the lines below.
func (w *words) takeBelow() []words {
	below := w.below
	w.below = nil
	return below
}

// flag takes a word if it is there.
func (w *words) flag(name string) bool {
	for i, word := range w.rest {
		if word == name {
			w.rest = append(w.rest[:i:i], w.rest[i+1:]...)
			return true
		}
	}
	return false
}

// all takes the values of every key=value.
func (w *words) all(key string) (values []string) {
	var left []string
	for _, word := range w.rest {
		if value, ok := strings.CutPrefix(word, key+"="); ok {
			values = append(values, value)
		} else {
			left = append(left, word)
		}
	}
	w.rest = left
	return values
}

// optional takes the value of key=value, which may be missing.
func (w *words) optional(key string) (value string, ok bool) {
	values := w.all(key)
	if len(values) > 1 {
		w.fail("%s takes %s= once", w.name, key)
	}
	if len(values) == 0 {
		return "", false
	}
	return values[0], true
}

func (w *words) text(key string) string {
	value, _ := w.optional(key)
	return value
}

func (w *words) number(key string, fallback int64) int64 {
	value, ok := w.optional(key)
	if !ok {
		return fallback
	}
	return w.parse(value)
}

func (w *words) parse(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		w.fail("%s: %q isn't a number", w.name, text)
	}
	return n
}

func (w *words) duration(text string) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil {
		w.fail("%s: %v", w.name, err)
	}
	return d
}

// brokers reads 1,2,3; nothing at all is no broker.
func (w *words) brokers(text string) []int32 {
	if text == "" {
		return nil
	}
	var ids []int32
	for id := range strings.SplitSeq(text, ",") {
		ids = append(ids, int32(w.parse(id)))
	}
	return ids
}

// partition reads TOPIC/INDEX.
func (w *words) partition(text string) (topic string, index int32) {
	topic, at, ok := strings.Cut(text, "/")
	if !ok {
		w.fail("%s: %q isn't TOPIC/PARTITION", w.name, text)
		return "", 0
	}
	return topic, int32(w.parse(at))
}

// assignments reads assign=PARTITION:BROKER,BROKER; RANGE may be 0..9 with the
// same brokers for all.
func (w *words) assignments() (out []metadata.Assignment) {
	for _, value := range w.all("assign") {
		where, brokers, _ := strings.Cut(value, ":")
		first, last, isRange := strings.Cut(where, "..")
		if !isRange {
			last = first
		}
		for i := w.parse(first); i <= w.parse(last) && w.err == nil; i++ {
			out = append(out, metadata.Assignment{Partition: int32(i), Replicas: w.brokers(brokers)})
		}
	}
	return out
}

// resource reads cluster, or TYPE/NAME.
func (w *words) resource(text string) metadata.Resource {
	kind, name, _ := strings.Cut(text, "/")
	for t := metadata.ResourceTopic; t <= metadata.ResourceGroup; t++ {
		if t.String() == kind {
			return metadata.Resource{Type: t, Name: name}
		}
	}
	return metadata.Resource{Type: metadata.ResourceType(w.parse(kind)), Name: name}
}

// value reads a config value: @N is N letters.
func (w *words) value(text string) string {
	n, long := strings.CutPrefix(text, "@")
	if !long {
		return text
	}
	return strings.Repeat("a", int(w.parse(n)))
}

// done is the first thing that was wrong with the command line.
func (w *words) done() error {
	if w.err == nil && len(w.rest) > 0 {
		w.fail("%s doesn't take %s", w.name, strings.Join(w.rest, " "))
	}
	if w.err == nil && len(w.below) > 0 {
		w.fail("%s doesn't take lines below it", w.name)
	}
	return w.err
}
