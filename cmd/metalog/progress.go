package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// progressMode is the value of --progress.
type progressMode string

const (
	progressAuto  progressMode = "auto" // a bar on a terminal, else plain
	progressPlain progressMode = "plain"
	progressJSON  progressMode = "json"
	progressNone  progressMode = "none"
)

func (m *progressMode) String() string { return string(*m) }
func (m *progressMode) Type() string   { return "mode" }

func (m *progressMode) Set(s string) error {
	switch progressMode(s) {
	case progressAuto, progressPlain, progressJSON, progressNone:
		*m = progressMode(s)
		return nil
	}
	return fmt.Errorf("%q isn't one of auto, plain, json, none", s)
}

// progressEvery is how often a line says how far long work is.
const progressEvery = 5 * time.Second

// progress shows on stderr how far long work is. Its goroutine ends in stop.
type progress struct {
	print sync.Mutex // guards err
	err   io.Writer
	mode  progressMode
	what  string // is counted, in the plural
	all   int64  // 0: not known
	begin time.Time
	count atomic.Int64
	quit  chan struct{}
	ended chan struct{}
	bar   *bar // nil: none is drawn
}

// startProgress begins to count towards all.
func (c *cli) startProgress(mode progressMode, what string, all int64) *progress {
	p := &progress{
		err: c.err, mode: mode, what: what, all: all, begin: time.Now(),
		quit: make(chan struct{}), ended: make(chan struct{}),
	}
	if mode == progressAuto && isTerminal(c.err) {
		p.bar = newBar(c, what, all)
	}
	go p.run()
	return p
}

func (p *progress) run() {
	defer close(p.ended)
	switch {
	case p.bar != nil:
		p.bar.writer.Render()
	case p.mode != progressNone:
		p.report()
	}
}

func (p *progress) report() {
	ticker := time.NewTicker(progressEvery)
	defer ticker.Stop()
	for {
		select {
		case <-p.quit:
			return
		case <-ticker.C:
			p.say(p.text())
		}
	}
}

// add counts n more.
func (p *progress) add(n int64) {
	p.count.Add(n)
	if p.bar != nil {
		p.bar.tracker.Increment(n)
	}
}

// stop ends the showing, after what was printed above a bar is out.
func (p *progress) stop() {
	close(p.quit)
	if p.bar != nil {
		p.bar.stop(p.ended)
	}
	<-p.ended
}

// line prints a line of data to out. A terminal that holds a bar gets it above
// the bar.
func (p *progress) line(out io.Writer, text string) {
	if p.bar != nil && p.bar.sharesOut {
		p.bar.writer.Log("%s", text)
		return
	}
	fmt.Fprintln(out, text)
}

// note prints a line that isn't data.
func (p *progress) note(text string) {
	if p.bar != nil {
		p.bar.writer.Log("%s", text)
		return
	}
	p.say(text)
}

func (p *progress) say(text string) {
	p.print.Lock()
	defer p.print.Unlock()
	fmt.Fprintln(p.err, text)
}

// now names what is being done, where a bar has room for it.
func (p *progress) now(text string) {
	if p.bar != nil {
		p.bar.tracker.UpdateMessage(text)
	}
}

// pace is the work of a second, and how long the rest will take at that.
func (p *progress) pace() (rate float64, rest time.Duration) {
	count := float64(p.count.Load())
	rate = count / max(time.Since(p.begin).Seconds(), 0.001)
	if p.all > 0 && rate > 0 {
		rest = time.Duration((float64(p.all) - count) / rate * float64(time.Second))
	}
	return rate, rest
}

func (p *progress) text() string {
	rate, rest := p.pace()
	if p.mode == progressJSON {
		return progressJSONText(map[string]any{
			"done": p.count.Load(), "total": p.all, "per_second": int64(rate), "seconds_left": int64(rest.Seconds()),
		})
	}
	if p.all == 0 {
		return fmt.Sprintf("%d %s, %.0f/s", p.count.Load(), p.what, rate)
	}
	return fmt.Sprintf("%d of %d %s (%d %%), %.0f/s, about %s left",
		p.count.Load(), p.all, p.what, 100*p.count.Load()/p.all, rate, rest.Round(time.Second))
}

// total is one number of a summary.
type total struct {
	what  string
	count int
}

// totals prints the summary of the work: the first two numbers always, the rest
// if there is something to say.
func (p *progress) totals(numbers []total) {
	took := time.Since(p.begin)
	switch p.mode {
	case progressNone:
	case progressJSON:
		summary := map[string]any{"done": p.count.Load(), "seconds": took.Seconds()}
		for _, n := range numbers {
			summary[n.what] = n.count
		}
		fmt.Fprintln(p.err, progressJSONText(summary))
	case progressAuto, progressPlain:
		var parts []string
		for i, n := range numbers {
			if i < 2 || n.count > 0 {
				parts = append(parts, fmt.Sprintf("%d %s", n.count, n.what))
			}
		}
		fmt.Fprintf(p.err, "%d %s in %s: %s\n", p.count.Load(), p.what, took.Round(time.Millisecond), strings.Join(parts, ", "))
	}
}

func progressJSONText(values map[string]any) string {
	raw, err := json.Marshal(values)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}
