package faults

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/conformance/history"
)

// What the judges had and drew, in the play's directory.
const (
	historyFile = "history.json"
	pictureFile = "linearizability.html"
)

// judge holds what clients were told against what the nodes applied, and against the
// topics that there are. Clients and taps have ended.
func (d *Drill) judge(ctx context.Context, at *metalogv1.Status) error {
	h := d.record.history
	h.Foreign = func(id string) bool { return d.foreign[id] }
	if err := history.Thin(h, 2*leastWrites); err != nil {
		return err
	}
	var broken []error
	for _, v := range history.Judge(h) {
		broken = append(broken, errors.New(v.String()))
	}
	broken = append(broken, d.judgeTopics(ctx, at),
		history.Linearizable(d.record.operations, keyPatience, filepath.Join(d.cfg.Dir, pictureFile)))
	return errors.Join(broken...)
}

// judgeTopics counts: there is what was created, what may have been, and nothing else.
func (d *Drill) judgeTopics(ctx context.Context, at *metalogv1.Status) error {
	created, open := map[string]bool{registerTopic: true}, map[string]bool{}
	for i, w := range d.record.history.Writes {
		switch name := d.record.writes[i].topic; {
		case name == "":
		case w.Outcome == history.Acknowledged:
			created[name] = true
		case w.Outcome == history.Unknown:
			open[name] = true
		}
	}
	topics, err := d.client(d.seat(0)).Topics(ctx)
	if err != nil {
		return err
	}
	strange := []string{}
	for _, t := range topics.Value {
		if !created[t.Name] && !open[t.Name] {
			strange = append(strange, t.Name)
		}
		delete(created, t.Name)
	}
	if n := at.GetCounts().GetTopics(); n != uint64(len(topics.Value)) {
		return fmt.Errorf("%s counts %d topics and lists %d", at.GetNode(), n, len(topics.Value))
	}
	if len(created)+len(strange) > 0 {
		return fmt.Errorf("acknowledged topics that aren't there: %d (%s); topics that are there and were refused, or never made: %d (%s)",
			len(created), some(slices.Sorted(maps.Keys(created))), len(strange), some(strange))
	}
	return nil
}

func some(names []string) string {
	const listed = 10
	if len(names) > listed {
		names = append(names[:listed:listed], "...")
	}
	return strings.Join(names, ", ")
}

// keep writes down what there is to judge, so that it can be judged again.
func (d *Drill) keep() error {
	f, err := os.Create(filepath.Join(d.cfg.Dir, historyFile))
	if err != nil {
		return err
	}
	d.record.mu.Lock()
	defer d.record.mu.Unlock()
	return errors.Join(d.record.history.Encode(f), f.Close())
}
