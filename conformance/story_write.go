package conformance

import (
	"context"
	"fmt"
	"strings"

	"github.com/chronik-stream/metalog/metadata"
)

// write is a writing operation that was read from words. It is done by itself,
// or held by a batch.
type write struct {
	held  metadata.BatchOperation
	holds []string // of a batch: what its operations are called
	items int      // of the request, where each is answered by itself
	do    func(ctx context.Context, opts []metadata.WriteOption) (metadata.Written, metadata.Response, error)
}

// asked is what was asked for under a request id, so that its answer can be
// shown wherever it turns up.
type asked struct {
	operation string
	holds     []string
}

// plain is what a method answers that has nothing to say but where it stands.
func plain(w metadata.Written, err error) (metadata.Written, metadata.Response, error) {
	return w, metadata.Response{}, err
}

// committed is what a method answers that takes items.
func committed(c metadata.CommittedItems, err error) (metadata.Written, metadata.Response, error) {
	return c.Written, metadata.Response{Failed: c.Failed}, err
}

// writing reads a write with its options: request=NAME@FIRST and validate-only.
func (s *teller) writing(v verb, w *words) call {
	id, opts := s.writeOptions(w)
	op := v.write(s, w)
	question := asked{v.operation, op.holds}
	if _, known := s.asked[id]; !known {
		s.asked[id] = question
	}
	return func(ctx context.Context) (string, error) {
		got, response, err := op.do(ctx, opts)
		if err != nil {
			return showAside(response), err
		}
		if metadata.NewWriteOptions(opts).ValidateOnly {
			return fmt.Sprintf("would succeed revision=%d", got.Revision), nil
		}
		s.revision = max(s.revision, got.Revision)
		s.met.Items.addFailed(v.operation, op.items, response.Failed)
		flags := showResponse(v.operation, response)
		if got.Deduplicated {
			flags += " deduplicated"
		}
		return fmt.Sprintf("ok revision=%d%s%s", got.Revision, flags, s.showInner(question, response)), nil
	}
}

// writeOptions takes request=NAME@FIRST and validate-only. Without a request,
// the write gets an id that no other one has.
func (s *teller) writeOptions(w *words) (metadata.RequestID, []metadata.WriteOption) {
	id, first := s.nextRequest()
	if text, ok := w.optional("request"); ok {
		id, first = w.request(text)
	}
	opts := []metadata.WriteOption{metadata.WithRequestID(id, first)}
	if w.flag("validate-only") {
		opts = append(opts, metadata.ValidateOnly())
	}
	return id, opts
}

// request reads NAME@FIRST.
func (w *words) request(text string) (id metadata.RequestID, first uint64) {
	name, at, _ := strings.Cut(text, "@")
	copy(id[:], name)
	return id, uint64(w.parse(at))
}

// showInner is what the request that was settled, or a batch's operations, were
// answered.
func (s *teller) showInner(question asked, r metadata.Response) string {
	if r.Settled != nil {
		return " answer: " + s.showResult(*r.Settled)
	}
	if r.Batch == nil {
		return ""
	}
	var lines []string
	for i, answer := range r.Batch.Operations {
		name := ""
		if i < len(question.holds) {
			name = question.holds[i]
		}
		lines = append(lines, name+showResponse(name, answer))
	}
	return showRuns(lines)
}

// showRuns writes lines that follow another of the same text only once.
func showRuns(lines []string) string {
	var out strings.Builder
	for i := 0; i < len(lines); {
		first := i
		for i < len(lines) && lines[i] == lines[first] {
			i++
		}
		out.WriteString("\n  " + lines[first])
		if n := i - first; n > 1 {
			fmt.Fprintf(&out, " (%d times)", n)
		}
	}
	return out.String()
}

// showResult is an answer as it was kept.
func (s *teller) showResult(r metadata.Result) string {
	if r.Code != metadata.CodeNone {
		return fmt.Sprintf("%s (%d) revision=%d%s: %s", r.Code, r.Code, r.Revision, showAside(r.Response), r.Message)
	}
	question := s.asked[r.Request]
	return fmt.Sprintf("ok revision=%d%s%s", r.Revision, showResponse(question.operation, r.Response), s.showInner(question, r.Response))
}
