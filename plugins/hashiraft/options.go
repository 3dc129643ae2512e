package hashiraft

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/chronik-stream/metalog/internal/peerport"
	"github.com/chronik-stream/metalog/sdk"
)

// Options are the backend's own settings, as JSON in sdk.Config.Options. What
// is absent has its default.
type Options struct {
	// HeartbeatTimeout is how long a follower hears nothing of its leader before
	// it stands for election. 500ms if absent.
	HeartbeatTimeout Duration `json:"heartbeat_timeout,omitempty" jsonschema:"default=500ms"`
	// ElectionTimeout is how long a candidate waits for votes. 500ms if absent; at
	// least HeartbeatTimeout.
	ElectionTimeout Duration `json:"election_timeout,omitempty" jsonschema:"default=500ms"`
	// CommitTimeout is how soon an idle follower hears what has been committed,
	// which is what a write that it forwarded waits for. 5ms if absent.
	CommitTimeout Duration `json:"commit_timeout,omitempty" jsonschema:"default=5ms"`
	// MaxAppendEntries is how many entries one request to a follower carries, each of
	// up to 1 MiB. 64 if absent.
	MaxAppendEntries int `json:"max_append_entries,omitempty" jsonschema:"minimum=1,maximum=1024,default=64"`
	// MaxRequestsInFlight is how many such requests are under way to a follower at
	// once. 1 if absent: with more, a follower whose disk stood still may never be
	// sent to again (hashicorp/raft#612).
	MaxRequestsInFlight int `json:"max_requests_in_flight,omitempty" jsonschema:"minimum=1,maximum=128,default=1"`
	// SnapshotInterval is how often it is looked whether a snapshot is due. 30s if
	// absent.
	SnapshotInterval Duration `json:"snapshot_interval,omitempty" jsonschema:"default=30s"`
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

// Duration is a time such as "250ms" in JSON.
type Duration time.Duration

// MarshalJSON writes it as text.
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(d).String()) }

// UnmarshalJSON reads text only: a number has no unit.
func (d *Duration) UnmarshalJSON(raw []byte) error {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return err
	}
	parsed, err := time.ParseDuration(text)
	if err != nil {
		return fmt.Errorf("%q isn't a time such as 250ms", text)
	}
	*d = Duration(parsed)
	return nil
}

func defaultOptions() Options {
	return Options{
		HeartbeatTimeout: Duration(500 * time.Millisecond), ElectionTimeout: Duration(500 * time.Millisecond),
		CommitTimeout: Duration(5 * time.Millisecond), MaxAppendEntries: 64, MaxRequestsInFlight: 1,
		SnapshotInterval: Duration(30 * time.Second), SnapshotEntries: 8192, SnapshotBytes: 64 << 20, TrailingEntries: 10240,
	}
}

func parseOptions(raw json.RawMessage) (Options, error) {
	o := defaultOptions()
	if len(bytes.TrimSpace(raw)) == 0 {
		return o, nil
	}
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &fields); err != nil {
		return o, invalid("options", "not a JSON object: %v", err)
	}
	for name, value := range fields {
		if err := o.set(name, value); err != nil {
			return o, err
		}
	}
	return o, o.check()
}

// set decodes one field, so that an error can name it.
func (o *Options) set(name string, value json.RawMessage) error {
	one, err := json.Marshal(map[string]json.RawMessage{name: value})
	if err != nil {
		return invalid(name, "%v", err)
	}
	d := json.NewDecoder(bytes.NewReader(one))
	d.DisallowUnknownFields()
	err = d.Decode(o)
	var wrong *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrong):
		return invalid(name, "a %s where a %s belongs", wrong.Value, kindOf(wrong))
	case strings.Contains(err.Error(), "unknown field"):
		return invalid(name, "unknown setting; docs/reference/hashiraft.md lists what there is")
	}
	return invalid(name, "%v", err)
}

func kindOf(wrong *json.UnmarshalTypeError) string {
	switch wrong.Type.Kind().String() {
	case "int":
		return "whole number"
	case "bool":
		return "true or false"
	case "string":
		return "text such as \"250ms\""
	}
	return "mapping"
}

// bounds are what a number may be, with the reason in the error's stead.
func (o *Options) check() error {
	for _, b := range []struct {
		name        string
		value       int64
		least, most int64
		show        func(int64) string
	}{
		{"heartbeat_timeout", int64(o.HeartbeatTimeout), int64(20 * time.Millisecond), int64(time.Minute), showTime},
		{"election_timeout", int64(o.ElectionTimeout), int64(o.HeartbeatTimeout), int64(2 * time.Minute), showTime},
		{"commit_timeout", int64(o.CommitTimeout), int64(time.Millisecond), int64(time.Second), showTime},
		{"max_append_entries", int64(o.MaxAppendEntries), 1, 1024, showNumber},
		{"max_requests_in_flight", int64(o.MaxRequestsInFlight), 1, 128, showNumber},
		{"snapshot_interval", int64(o.SnapshotInterval), int64(5 * time.Millisecond), int64(24 * time.Hour), showTime},
		{"snapshot_entries", int64(o.SnapshotEntries), 1, 1 << 40, showNumber},
		{"snapshot_bytes", o.SnapshotBytes, 4 << 10, 1 << 50, showNumber},
		{"trailing_entries", int64(o.TrailingEntries), 0, 1 << 40, showNumber},
	} {
		if b.value < b.least || b.value > b.most {
			return invalid(b.name, "%s is out of range: %s to %s", b.show(b.value), b.show(b.least), b.show(b.most))
		}
	}
	return nil
}

func showTime(n int64) string { return time.Duration(n).String() }

func showNumber(n int64) string { return fmt.Sprint(n) }

func invalid(field, format string, args ...any) error {
	return &sdk.Error{Reason: sdk.ReasonInvalidConfig, Outcome: sdk.NotAppended, Field: field, Message: fmt.Sprintf(format, args...)}
}

// peerTLS opens the certificates; nil: there are none.
func (o Options) peerTLS(log *slog.Logger) (*peerport.TLS, error) {
	if o.TLS == nil {
		return nil, nil
	}
	return peerport.OpenTLS(*o.TLS, log, time.Now)
}
