package metadata

import "slices"

// Change is what one event did to one record.
type Change struct {
	Before Record // nil: it wasn't there
	After  Record // nil: it was removed
}

// Key is the record's.
func (c Change) Key() Key {
	if c.After != nil {
		return c.After.Key()
	}
	return c.Before.Key()
}

// WatchKind says what a WatchMessage tells.
type WatchKind uint8

const (
	// WatchChange is everything that one event changed. There is nothing else
	// between Previous and Revision.
	WatchChange WatchKind = iota + 1
	// WatchBookmark says that everything up to Revision has been told.
	WatchBookmark
	// WatchState is a piece of the whole state at Revision, as changes without
	// a Before, in key order. It is sent first if it was asked for, and where
	// the history doesn't reach back to what the watcher has: what the watcher
	// knew before the first piece counts no longer. A piece of another revision
	// than the piece before it begins another state: the one before was cut off.
	WatchState
	// WatchStateEnd follows the last piece.
	WatchStateEnd
)

func (k WatchKind) String() string {
	switch k {
	case WatchChange:
		return "change"
	case WatchBookmark:
		return "bookmark"
	case WatchState:
		return "state"
	case WatchStateEnd:
		return "state_end"
	default:
		return "unknown"
	}
}

// WatchMessage is one step of a watch. It is shared: nobody changes it.
type WatchMessage struct {
	Kind     WatchKind
	Revision uint64
	// Previous, of a change: nothing has changed after it and before Revision.
	// Whoever has everything up to Previous, or later, has missed nothing. 0 in
	// a watch with a filter, where it would prove nothing.
	Previous  uint64
	TimeMS    int64     // of a change, as G4 gives time
	Operation string    // of a change: the method that made it, such as CreateTopic
	RequestID RequestID // of a change
	Changes   []Change  // by key
}

// WatchOptions are the WatchOption values put together.
type WatchOptions struct {
	From         *uint64 // nil: from now on
	InitialState bool
	Nouns        []Noun // nil: all
	NamePrefix   string
	Topic        TopicID // zero: any
}

// WatchOption changes what a watch tells.
type WatchOption func(*WatchOptions)

// FromRevision tells what changed after revision r, which the caller has. Where
// the history doesn't reach back to r, the state comes first.
func FromRevision(r uint64) WatchOption { return func(o *WatchOptions) { o.From = &r } }

// WithInitialState tells the whole state first.
func WithInitialState() WatchOption { return func(o *WatchOptions) { o.InitialState = true } }

// WatchNouns leaves out all records but those of some kinds.
func WatchNouns(nouns ...Noun) WatchOption {
	return func(o *WatchOptions) { o.Nouns = append(o.Nouns, nouns...) }
}

// WatchNames leaves out records whose key has no name that begins with prefix.
func WatchNames(prefix string) WatchOption { return func(o *WatchOptions) { o.NamePrefix = prefix } }

// WatchTopic leaves out records that aren't of one topic: itself, its
// partitions, their offsets and segments.
func WatchTopic(id TopicID) WatchOption { return func(o *WatchOptions) { o.Topic = id } }

// NewWatchOptions puts opts together.
func NewWatchOptions(opts []WatchOption) WatchOptions {
	var o WatchOptions
	for _, opt := range opts {
		opt(&o)
	}
	return o
}

// Filtered reports whether anything is left out.
func (o WatchOptions) Filtered() bool {
	return len(o.Nouns) > 0 || o.NamePrefix != "" || !o.Topic.IsZero()
}

// Wants reports whether a change is told.
func (o WatchOptions) Wants(c Change) bool {
	k := c.Key()
	if len(o.Nouns) > 0 && !slices.Contains(o.Nouns, k.Noun) {
		return false
	}
	if o.NamePrefix != "" && (len(k.Name) < len(o.NamePrefix) || k.Name[:len(o.NamePrefix)] != o.NamePrefix) {
		return false
	}
	return o.Topic.IsZero() || belongsTo(c.Before, o.Topic) || belongsTo(c.After, o.Topic)
}

// belongsTo reports whether a record is of a topic: of that one, not of another
// of its name.
func belongsTo(r Record, id TopicID) bool {
	switch r := r.(type) {
	case nil:
		return false
	case *Topic:
		return r.ID == id
	default:
		return r.Key().Topic == id
	}
}
