package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/chronik-stream/metalog/metadata"
)

// fate is what came of one line of an import, as it is printed.
type fate struct {
	Line      int    `json:"line"`
	Topic     string `json:"topic"`
	Result    string `json:"result"` // created, already there, refused, outcome unknown
	Revision  uint64 `json:"revision,omitempty"`
	Code      string `json:"code,omitempty"`
	Why       string `json:"why,omitempty"`
	RequestID string `json:"request_id,omitempty"`
}

func (f fate) String() string {
	text := fmt.Sprintf("topic %s %s", f.Topic, f.Result)
	if f.Revision > 0 {
		text += fmt.Sprintf(" · revision %d", f.Revision)
	}
	if f.Code != "" {
		text += fmt.Sprintf(" · %s: %s", f.Code, f.Why)
	}
	if f.RequestID != "" {
		text += " · --request-id " + f.RequestID
	}
	return text
}

// tally counts the fates.
type tally struct {
	created, alreadyThere, refused, garbage, unknown, lost int
	firstLost                                              error
	interrupted                                            bool
}

// print writes one line of data and counts it.
func (im *importer) print(count *int, f fate) {
	text := f.String()
	if im.c.format != formatTable {
		raw, err := json.Marshal(f)
		if err != nil {
			raw = fmt.Appendf(nil, "%q", err.Error())
		}
		text = string(raw) // a line of YAML too
	}
	im.mu.Lock()
	defer im.mu.Unlock()
	*count++
	im.progress.line(im.c.out, text)
}

// garbage reports a line that asks for nothing.
func (im *importer) garbage(line numberedLine) {
	im.mu.Lock()
	defer im.mu.Unlock()
	im.tally.garbage++
	im.progress.note(fmt.Sprintf("line %d: %v", line.number, line.err))
}

// lost counts a line that surely changed nothing, as no node took it.
func (im *importer) lost(line numberedLine, err error) {
	im.mu.Lock()
	defer im.mu.Unlock()
	im.tally.lost++
	if im.tally.firstLost == nil {
		im.tally.firstLost = err
		im.progress.note(fmt.Sprintf("line %d: not created, and no further lines are tried: %v", line.number, err))
	}
}

// finish prints the totals and turns them into the exit code, the worst first.
func (im *importer) finish() error {
	t := &im.tally
	im.progress.totals([]total{
		{"created", t.created},
		{"already there", t.alreadyThere},
		{"refused", t.refused},
		{"not a topic", t.garbage},
		{"outcome unknown", t.unknown},
		{"not created", t.lost},
	})
	switch {
	case t.unknown > 0:
		return &failure{
			code: exitUnknown, err: fmt.Errorf("the outcome of %d topics is unknown", t.unknown),
			next: "Import the file again: what was created is then already there",
		}
	case t.lost > 0:
		return im.c.explain(t.firstLost)
	case t.interrupted:
		return &failure{code: exitError, err: errors.New("interrupted: the rest of the file wasn't read")}
	case t.refused+t.garbage > 0:
		return &failure{code: exitError, err: fmt.Errorf("%d of the lines created nothing: see above", t.refused+t.garbage)}
	case t.alreadyThere > 0:
		return &failure{code: exitConflict, err: errQuiet}
	default:
		return nil
	}
}

// createCommand is the command that asks for one line again, as the same write.
func createCommand(spec metadata.TopicSpec, t ticket) string {
	words := []string{"metalog topic create", spec.Name}
	if spec.Partitions != metadata.Default {
		words = append(words, fmt.Sprintf("--partitions %d", spec.Partitions))
	}
	if spec.ReplicationFactor != metadata.Default {
		words = append(words, fmt.Sprintf("--replication-factor %d", spec.ReplicationFactor))
	}
	for _, config := range spec.Configs {
		if config.Value != nil {
			words = append(words, "--config "+quote(config.Key+"="+*config.Value))
		}
	}
	return strings.Join(append(words, "--request-id", t.String()), " ")
}

// quote makes text one word of a shell.
func quote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
