package host

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/chronik-stream/metalog/sdk"
)

const (
	// maxNodeID keeps an envelope's own fields within what R18 leaves for them.
	maxNodeID = 255
	// maxAnnounced is what an address or a version may have, in bytes: each is
	// kept in the directory of nodes for good.
	maxAnnounced = 1024
)

// Opener starts a backend that isn't open yet: one in this process, or one
// behind the wall. It is called once for each session, by one goroutine at a
// time. ctx ends with the call; the backend lives until its Close.
//
// An error of a terminal reason (sdk.Terminal) is not tried again.
type Opener = func(ctx context.Context) (sdk.Backend, error)

// Config says which node of which cluster a Store is, and over what.
type Config struct {
	ClusterID  string
	NodeID     string // at most 255 bytes
	DataDir    string // the backend's
	Backend    Opener
	Options    json.RawMessage // the backend's own settings
	Address    string          // where the other nodes' backends reach this one's; empty: what the data directory says
	Listen     string          // where to listen for them; empty: at Address
	Peers      []sdk.Peer      // the other nodes; nil: those the data directory names
	APIAddress string          // where other nodes find this node's API; announced to them; at most 1024 bytes
	Version    string          // of this program; announced; at most 1024 bytes
}

func (c Config) validate() error {
	invalid := func(field, message string) error {
		return &sdk.Error{Reason: sdk.ReasonInvalidConfig, Outcome: sdk.NotAppended, Field: field, Message: message}
	}
	switch {
	case c.Backend == nil:
		return invalid("backend", "is missing: a node needs a backend to be opened")
	case c.NodeID == "":
		return invalid("node_id", "is missing: give this node a name that is unique in its cluster")
	case len(c.NodeID) > maxNodeID:
		return invalid("node_id", fmt.Sprintf("has %d bytes: at most %d are allowed", len(c.NodeID), maxNodeID))
	case !utf8.ValidString(c.NodeID):
		return invalid("node_id", fmt.Sprintf("%q isn't UTF-8 text: choose another name", c.NodeID))
	}
	for field, text := range map[string]string{"api_address": c.APIAddress, "version": c.Version} {
		if len(text) > maxAnnounced || !utf8.ValidString(text) {
			return invalid(field, fmt.Sprintf("must be UTF-8 text of at most %d bytes, to be announced to other nodes", maxAnnounced))
		}
	}
	return nil
}

// Option changes what a Store takes from its surroundings.
type Option func(*seams)

// seams are a host's only sources of time, chance and output.
type seams struct {
	logger *slog.Logger
	now    func() time.Time
	newID  func() [16]byte

	checkpoints time.Duration
}

// defaultCheckpoints bounds how much of a high watermark a crash may take.
const defaultCheckpoints = 5 * time.Second

// WithLogger sends the host's and the backend's log lines to l; without it they
// go nowhere.
func WithLogger(l *slog.Logger) Option { return func(s *seams) { s.logger = l } }

// WithClock replaces the clock that stamps events. Waiting and backing off use
// the runtime's.
func WithClock(now func() time.Time) Option { return func(s *seams) { s.now = now } }

// WithIDs replaces the source of request, topic and entry ids. Ids must be
// unique in the cluster. Many goroutines call it at once.
func WithIDs(newID func() [16]byte) Option { return func(s *seams) { s.newID = newID } }

// WithCheckpoints says how often the high watermarks that were set on this node
// are proposed to all (W2), if they have changed; 0: never. Without it every five
// seconds.
func WithCheckpoints(every time.Duration) Option { return func(s *seams) { s.checkpoints = every } }

func newSeams(opts []Option) seams {
	s := seams{
		logger: slog.New(slog.DiscardHandler),
		now:    time.Now,
		newID:  func() [16]byte { return uuid.New() },

		checkpoints: defaultCheckpoints,
	}
	for _, opt := range opts {
		opt(&s)
	}
	return s
}
