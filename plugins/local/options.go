package local

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/chronik-stream/metalog/sdk"
)

const (
	defaultCompactBytes = 64 << 20
	minCompactBytes     = 4 << 10
)

// Options are the backend's own settings, as JSON in sdk.Config.Options.
type Options struct {
	// CompactBytes is how many bytes of entries may pile up before they are
	// replaced by a snapshot; 64 MiB if absent.
	CompactBytes int64 `json:"compact_bytes"`
}

var optionNames = []string{"compact_bytes"}

func parseOptions(raw json.RawMessage) (Options, error) {
	o := Options{CompactBytes: defaultCompactBytes}
	if len(bytes.TrimSpace(raw)) == 0 {
		return o, nil
	}
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &fields); err != nil {
		return o, invalid("options", fmt.Sprintf("not a JSON object: %v", err))
	}
	for name := range fields {
		if !slices.Contains(optionNames, name) {
			return o, invalid(name, fmt.Sprintf("unknown setting; there is %q", optionNames))
		}
	}
	if err := json.Unmarshal(raw, &o); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			return o, invalid(wrong.Field, fmt.Sprintf("a %s where a whole number of bytes belongs", wrong.Value))
		}
		return o, invalid("options", err.Error())
	}
	if o.CompactBytes < minCompactBytes {
		return o, invalid("compact_bytes", fmt.Sprintf("%d is too small: at least %d", o.CompactBytes, minCompactBytes))
	}
	return o, nil
}

func invalid(field, message string) error {
	return &sdk.Error{Reason: sdk.ReasonInvalidConfig, Field: field, Message: message}
}
