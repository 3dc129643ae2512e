package conformance

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/chronik-stream/metalog/metadata"
)

// watch [after=R] [state] [noun=N]... [name=PREFIX] [topic=tN] shows what is told
// up to the present revision. When bookmarks come is not the store's promise, so
// they aren't shown; nor is in how many pieces the state does.
func readWatch(s *teller, w *words) call {
	var opts []metadata.WatchOption
	if text, ok := w.optional("after"); ok {
		opts = append(opts, metadata.FromRevision(uint64(w.parse(text))))
	}
	if w.flag("state") {
		opts = append(opts, metadata.WithInitialState())
	}
	for _, text := range w.all("noun") {
		opts = append(opts, metadata.WatchNouns(w.noun(text)))
	}
	if text, ok := w.optional("name"); ok {
		opts = append(opts, metadata.WatchNames(text))
	}
	if text, ok := w.optional("topic"); ok {
		opts = append(opts, metadata.WatchTopic(w.topicID(text)))
	}
	return func(ctx context.Context) (string, error) {
		now, err := s.target.Store.Topics(ctx)
		if err != nil {
			return "", err
		}
		return showWatch(ctx, s.target.Store, now.Revision, opts)
	}
}

// showWatch ranges until everything up to a revision is told.
func showWatch(ctx context.Context, store metadata.Store, until uint64, opts []metadata.WatchOption) (string, error) {
	var lines []string
	state := false
	for m, err := range store.Watch(ctx, opts...) {
		if err != nil {
			return "", err
		}
		switch m.Kind {
		case metadata.WatchState:
			if !state {
				lines = append(lines, fmt.Sprintf("state %d", m.Revision))
			}
			state = true
		case metadata.WatchBookmark:
		case metadata.WatchStateEnd:
			lines = append(lines, fmt.Sprintf("state_end %d", m.Revision))
		case metadata.WatchChange:
			lines = append(lines, fmt.Sprintf("change %d after %d %s %s %s", m.Revision, m.Previous, showTime(m.TimeMS), m.Operation, showRequest(m.RequestID)))
		}
		for _, c := range m.Changes {
			lines = append(lines, "  "+showChange(c))
		}
		if m.Revision >= until && m.Kind != metadata.WatchState {
			break
		}
	}
	if len(lines) == 0 {
		return "nothing", nil
	}
	return strings.Join(lines, "\n"), nil
}

func showChange(c metadata.Change) string {
	noun := c.Key().Noun
	switch {
	case c.Before == nil:
		return fmt.Sprintf("+ %s %s", noun, showRecord(c.After))
	case c.After == nil:
		return fmt.Sprintf("- %s %s", noun, showRecord(c.Before))
	default:
		return fmt.Sprintf("~ %s %s", noun, showRecord(c.After))
	}
}

func showRecord(r metadata.Record) string {
	switch r := r.(type) {
	case *metadata.Topic:
		return showTopic(r)
	case *metadata.Partition:
		return showPartition(showTopicID(r.Topic))(r)
	case *metadata.Broker:
		return strings.TrimPrefix(showBroker(r), "broker ")
	case *metadata.ConfigRecord:
		return showConfigRecord(r)
	case *metadata.Group:
		return showGroup(r)
	case *metadata.Offset:
		return showOffset(r)
	case *metadata.PendingOffset:
		return showPendingOffset(r)
	case *metadata.Transaction:
		return showTransaction(r)
	case *metadata.Segment:
		return showSegment(r)
	case *metadata.ClusterRecord:
		return fmt.Sprintf("feature_level=%d next_producer=%d", r.FeatureLevel, r.NextProducerID)
	default:
		return fmt.Sprintf("%T", r)
	}
}

// showRequest writes what stories call a request: a name, or a count.
func showRequest(id metadata.RequestID) string {
	if id[0] == 0 {
		return fmt.Sprintf("#%d", binary.BigEndian.Uint64(id[8:]))
	}
	return strings.TrimRight(string(id[:]), "\x00")
}
