package hashiraft

import (
	"encoding/json"
	"log/slog"
	"time"

	"github.com/chronik-stream/metalog/internal/options"
	"github.com/chronik-stream/metalog/internal/peerport"
)

// Options are the backend's own settings, as JSON in sdk.Config.Options. What
// is absent has its default.
type Options struct {
	// HeartbeatTimeout is how long a follower hears nothing of its leader before
	// it stands for election. 500ms if absent.
	HeartbeatTimeout options.Duration `json:"heartbeat_timeout,omitempty" jsonschema:"default=500ms"`
	// ElectionTimeout is how long a candidate waits for votes. 500ms if absent; at
	// least HeartbeatTimeout.
	ElectionTimeout options.Duration `json:"election_timeout,omitempty" jsonschema:"default=500ms"`
	// CommitTimeout is how soon an idle follower hears what has been committed,
	// which is what a write that it forwarded waits for. 5ms if absent.
	CommitTimeout options.Duration `json:"commit_timeout,omitempty" jsonschema:"default=5ms"`
	// MaxAppendEntries is how many entries one request to a follower carries, each of
	// up to 1 MiB. 64 if absent.
	MaxAppendEntries int `json:"max_append_entries,omitempty" jsonschema:"minimum=1,maximum=1024,default=64"`
	// MaxRequestsInFlight is how many such requests are under way to a follower at
	// once. 1 if absent: with more, a follower whose disk stood still may never be
	// sent to again (hashicorp/raft#612).
	MaxRequestsInFlight int `json:"max_requests_in_flight,omitempty" jsonschema:"minimum=1,maximum=128,default=1"`
	// SnapshotInterval is how often it is looked whether a snapshot is due. 30s if
	// absent.
	SnapshotInterval options.Duration `json:"snapshot_interval,omitempty" jsonschema:"default=30s"`
	// SnapshotEntries is how many entries make one due. 8192 if absent.
	SnapshotEntries int `json:"snapshot_entries,omitempty" jsonschema:"minimum=1,default=8192"`
	// SnapshotBytes is how large the log may get before a snapshot replaces it,
	// whatever the number of its entries. 64 MiB if absent.
	SnapshotBytes int64 `json:"snapshot_bytes,omitempty" jsonschema:"minimum=4096,default=67108864"`
	// TrailingEntries is how many entries stay in the log behind a snapshot, for
	// followers that are a little late. 10240 if absent.
	TrailingEntries int `json:"trailing_entries,omitempty" jsonschema:"minimum=0,default=10240"`
	// TLS protects the peer port, and lets in only who has a certificate.
	TLS *peerport.TLSFiles `json:"tls,omitempty"`
	// Insecure allows a peer port that other machines reach without TLS.
	Insecure bool `json:"insecure,omitempty"`
}

func defaultOptions() Options {
	return Options{
		HeartbeatTimeout: options.Duration(500 * time.Millisecond), ElectionTimeout: options.Duration(500 * time.Millisecond),
		CommitTimeout: options.Duration(5 * time.Millisecond), MaxAppendEntries: 64, MaxRequestsInFlight: 1,
		SnapshotInterval: options.Duration(30 * time.Second), SnapshotEntries: 8192, SnapshotBytes: 64 << 20, TrailingEntries: 10240,
	}
}

func parseOptions(raw json.RawMessage) (Options, error) {
	o := defaultOptions()
	if err := options.Decode(raw, &o, "docs/reference/hashiraft.md"); err != nil {
		return o, err
	}
	return o, options.Check(
		options.Time("heartbeat_timeout", o.HeartbeatTimeout, 20*time.Millisecond, time.Minute),
		options.Time("election_timeout", o.ElectionTimeout, time.Duration(o.HeartbeatTimeout), 2*time.Minute),
		options.Time("commit_timeout", o.CommitTimeout, time.Millisecond, time.Second),
		options.Number("max_append_entries", o.MaxAppendEntries, 1, 1024),
		options.Number("max_requests_in_flight", o.MaxRequestsInFlight, 1, 128),
		options.Time("snapshot_interval", o.SnapshotInterval, 5*time.Millisecond, 24*time.Hour),
		options.Number("snapshot_entries", o.SnapshotEntries, 1, 1<<40),
		options.Number("snapshot_bytes", o.SnapshotBytes, 4<<10, 1<<50),
		options.Number("trailing_entries", o.TrailingEntries, 0, 1<<40),
	)
}

// peerTLS opens the certificates; nil: there are none.
func (o Options) peerTLS(log *slog.Logger) (*peerport.TLS, error) {
	if o.TLS == nil {
		return nil, nil
	}
	return peerport.OpenTLS(*o.TLS, log, time.Now)
}
