package clustertest

import (
	"encoding/json"

	"github.com/chronik-stream/metalog/sdk"
)

// Kind is the backend of a cluster.
type Kind struct {
	New      func() sdk.Backend
	Identity sdk.Identity
	Options  string // of every node, as JSON, unless a test says otherwise
}

// With is the kind's options and one more.
func (k Kind) With(name string, value any) json.RawMessage {
	all := map[string]any{}
	if err := json.Unmarshal([]byte(k.Options), &all); err != nil {
		panic(err)
	}
	all[name] = value
	raw, err := json.Marshal(all)
	if err != nil {
		panic(err)
	}
	return raw
}
