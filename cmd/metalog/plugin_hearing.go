package main

import (
	"fmt"
	"time"

	"github.com/chronik-stream/metalog/conformance/report"
)

// hearing shows how far a run of the conformance suite is: the case at hand on a
// bar, else a line for each family; failures at once. One goroutine uses it.
type hearing struct {
	c      *cli
	mode   progressMode
	seed   uint64
	target string

	shown    *progress // nil before the first case
	failures int
	family   report.Report // the results of the one at hand
	begin    time.Time     // of it
}

// hear is conformance.Options.Progress.
func (h *hearing) hear(done, all int, r report.Result) {
	if h.shown == nil {
		h.open(all)
	}
	if r.State == "" {
		h.next(r)
		return
	}
	h.shown.add(1)
	h.family.Results = append(h.family.Results, r)
	failed := r.State == report.Fail || r.State == report.Error
	if failed {
		h.failures++
	}
	switch {
	case h.mode == progressJSON:
		h.shown.note(progressJSONText(map[string]any{
			"done": done, "total": all, "failed": h.failures, "case": r.ID, "state": r.State, "seconds": r.Seconds,
		}))
	case failed && h.mode != progressNone:
		h.shown.note(fmt.Sprintf("%s %s %s", r.State, r.ID, r.Title))
	}
}

func (h *hearing) open(all int) {
	switch h.mode {
	case progressNone:
	case progressJSON:
		h.c.note("%s", progressJSONText(map[string]any{"target": h.target, "total": all, "seed": h.seed}))
	default:
		h.c.note("judging %s, cases: %d, seed: %d", h.target, all, h.seed)
	}
	h.shown = h.c.startProgress(h.mode, "cases", int64(all))
}

// next is told of a case before it is played.
func (h *hearing) next(r report.Result) {
	if results := h.family.Results; len(results) > 0 && results[0].Family != r.Family {
		h.closeFamily()
	}
	if len(h.family.Results) == 0 {
		h.begin = time.Now()
	}
	text := r.ID
	if h.failures > 0 {
		text += fmt.Sprintf(", %d failed so far", h.failures)
	}
	h.shown.now(text)
}

// closeFamily prints the family's line, where no bar says it all.
func (h *hearing) closeFamily() {
	plain := h.mode == progressPlain || h.mode == progressAuto && h.shown.bar == nil
	if plain && len(h.family.Results) > 0 {
		h.shown.note(fmt.Sprintf("%s: %s in %s", h.family.Results[0].Family, h.family.Tally(""),
			time.Since(h.begin).Round(time.Millisecond)))
	}
	h.family.Results = nil
}

// stop ends the showing.
func (h *hearing) stop() {
	if h.shown != nil {
		h.closeFamily()
		h.shown.stop()
	}
}
