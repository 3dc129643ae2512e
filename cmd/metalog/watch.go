package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/chronik-stream/metalog/metadata"
)

// watchFlags say what to watch, and for how long.
type watchFlags struct {
	from  uint64
	until uint64
	state bool
	nouns []string
	name  string
	topic string
}

func (c *cli) watchCommand() *cobra.Command {
	var f watchFlags
	cmd := &cobra.Command{
		Use:   "watch",
		Short: "Print what is changed, as it happens, until ^C",
		Long: `Print what is changed, as it happens, until ^C: from now on, or from --from on.

A line is one record: + was made, ~ was changed (old→new), - was removed. With -o
json a line is one step of the watch, with all records that one write changed and
bookmarks between: everything up to a bookmark's revision has been told.

Where the history doesn't reach back to --from, the whole state comes instead; it
then counts for everything before it.`,
		Example: `  metalog watch
  metalog watch --noun topic --noun partition --topic orders
  metalog watch --state -o json
  metalog watch --from 41 --until 97      # for scripts: ends by itself`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			opts, err := f.options(cmd)
			if err != nil {
				return err
			}
			w := &watcher{c: c, asked: f.state}
			if cmd.Flags().Changed("until") {
				w.until = &f.until
			}
			return c.dial(func(n node) error { return w.run(cmd.Context(), n, f.topic, opts) })
		},
	}
	flags := cmd.Flags()
	flags.Uint64Var(&f.from, "from", 0, "tell what changed after this revision (default: from now on)")
	flags.Uint64Var(&f.until, "until", 0, "end when everything up to this revision is told")
	flags.BoolVar(&f.state, "state", false, "tell the whole state first")
	flags.StringArrayVar(&f.nouns, "noun", nil, "only these: topic, partition, broker, config, group, offset, pending_offset, transaction, segment, cluster; may be repeated")
	flags.StringVar(&f.name, "name", "", "only records whose name begins so")
	flags.StringVar(&f.topic, "topic", "", "only this topic, its partitions, their offsets and segments")
	return cmd
}

func (f *watchFlags) options(cmd *cobra.Command) (opts []metadata.WatchOption, err error) {
	if cmd.Flags().Changed("from") {
		opts = append(opts, metadata.FromRevision(f.from))
	}
	if f.state {
		opts = append(opts, metadata.WithInitialState())
	}
	for _, text := range f.nouns {
		noun, err := parseNoun(text)
		if err != nil {
			return nil, usagef("--noun: %w", err)
		}
		opts = append(opts, metadata.WatchNouns(noun))
	}
	if f.name != "" {
		opts = append(opts, metadata.WatchNames(f.name))
	}
	return opts, nil
}

func parseNoun(text string) (metadata.Noun, error) {
	return oneOf(text, metadata.NounTopic, metadata.NounPartition, metadata.NounBroker, metadata.NounConfig,
		metadata.NounGroup, metadata.NounOffset, metadata.NounPendingOffset, metadata.NounTransaction,
		metadata.NounSegment, metadata.NounCluster)
}

// watcher prints one watch. One goroutine uses it.
type watcher struct {
	c       *cli
	asked   bool    // the state was asked for
	until   *uint64 // nil: for ever
	names   *namer
	told    uint64 // everything up to this revision has been printed
	begun   bool   // something has come
	state   bool   // a piece of a state was the last to come
	stateAt uint64 // the revision of that state
}

// run watches until ^C, which isn't a failure, or until everything is told.
func (w *watcher) run(ctx context.Context, n node, topic string, opts []metadata.WatchOption) error {
	w.names = namesFrom(n)
	if topic != "" {
		id, err := w.topicID(ctx, n, topic)
		if err != nil {
			return w.c.explainNext(err, listTopicsNext)
		}
		opts = append(opts, metadata.WatchTopic(id))
	}
	for message, err := range n.Watch(ctx, opts...) {
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return w.c.explainNext(err, w.next)
		}
		if w.beyond(message) {
			return nil
		}
		w.tell(ctx, message)
		if w.done() {
			return nil
		}
	}
	return nil
}

func (w *watcher) topicID(ctx context.Context, n node, topic string) (id metadata.TopicID, err error) {
	ctx, cancel := context.WithTimeout(ctx, w.c.wait)
	defer cancel()
	err = observeTopic(ctx, n, topic, &id)
	return id, err
}

func (w *watcher) next(err error) string {
	if !w.begun || errors.Is(err, metadata.ErrInvalid) {
		return ""
	}
	return fmt.Sprintf("To go on from there: metalog watch --from %d", w.told)
}

// beyond reports whether a message tells nothing that was asked for.
func (w *watcher) beyond(m metadata.WatchMessage) bool {
	return w.until != nil && m.Kind == metadata.WatchChange && m.Revision > *w.until
}

func (w *watcher) done() bool { return w.until != nil && !w.state && w.told >= *w.until }

// tell prints a message and remembers how far it reaches. Topics' names may have
// to be asked for.
func (w *watcher) tell(ctx context.Context, m metadata.WatchMessage) {
	ctx, cancel := context.WithTimeout(ctx, w.c.wait)
	defer cancel()
	for _, change := range m.Changes {
		w.names.learn(change)
	}
	if w.c.format == formatTable {
		w.printLines(ctx, m)
	} else {
		w.printMessage(ctx, m)
	}
	w.begun, w.state, w.stateAt = true, m.Kind == metadata.WatchState, m.Revision
	if !w.state {
		w.told = m.Revision
	}
}

// printLines prints a line for each change, for a person; what else there is to
// say goes to stderr.
func (w *watcher) printLines(ctx context.Context, m metadata.WatchMessage) {
	another := !w.state || m.Revision != w.stateAt // than the one that was being told, if any
	switch {
	case m.Kind == metadata.WatchBookmark && !w.begun:
		w.c.note("watching from revision %d on; ^C ends it", m.Revision)
	case m.Kind == metadata.WatchState && another && w.asked:
		w.c.note("the state at revision %d:", m.Revision)
	case m.Kind == metadata.WatchState && another:
		w.c.note("the history doesn't reach back so far: this is the state at revision %d, which counts for everything before it:", m.Revision)
	case m.Kind == metadata.WatchStateEnd:
		w.c.note("that was the state at revision %d; changes follow", m.Revision)
		w.asked = false
	}
	for _, change := range m.Changes {
		w.c.line("%s · revision %d", changeText(ctx, w.names, change), m.Revision)
	}
}

// messageView is one step of a watch as it is printed.
type messageView struct {
	Kind      string       `json:"kind"`
	Revision  uint64       `json:"revision"`
	Previous  uint64       `json:"previous,omitempty"`
	Time      string       `json:"time,omitempty"`
	Operation string       `json:"operation,omitempty"`
	RequestID string       `json:"request_id,omitempty"`
	Changes   []changeView `json:"changes,omitempty"`
}

type changeView struct {
	Noun   string `json:"noun"`
	Key    string `json:"key"`
	Before any    `json:"before,omitempty"`
	After  any    `json:"after,omitempty"`
}

// printMessage prints a message on one line: JSON, or a document of YAML.
func (w *watcher) printMessage(ctx context.Context, m metadata.WatchMessage) {
	view := messageView{Kind: m.Kind.String(), Revision: m.Revision, Previous: m.Previous, Operation: m.Operation}
	if m.Kind == metadata.WatchChange {
		view.Time, view.RequestID = clock(m.TimeMS), m.RequestID.String()
	}
	for _, change := range m.Changes {
		view.Changes = append(view.Changes, changeView{
			Noun: change.Key().Noun.String(), Key: keyText(ctx, w.names, change.Key()),
			Before: viewRecord(ctx, w.names, change.Before), After: viewRecord(ctx, w.names, change.After),
		})
	}
	separator := ""
	if w.c.format == formatYAML {
		separator = "--- "
	}
	w.c.line("%s%s", separator, compactJSON(view))
}
