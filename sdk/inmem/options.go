package inmem

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/chronik-stream/metalog/sdk"
)

// ValidateConfig refuses every setting: there are none.
func (*Backend) ValidateConfig(options json.RawMessage) error {
	if len(bytes.TrimSpace(options)) == 0 {
		return nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(options, &fields); err != nil {
		return invalid("options", fmt.Sprintf("not a JSON object: %v", err))
	}
	if len(fields) == 0 {
		return nil
	}
	return invalid(firstKey(options), "unknown setting: inmem has none, leave it out")
}

// firstKey returns the first key of an object that has one.
func firstKey(object json.RawMessage) string {
	d := json.NewDecoder(bytes.NewReader(object))
	_, _ = d.Token() // the brace
	key, _ := d.Token()
	return fmt.Sprint(key)
}

func invalid(field, message string) error {
	return &sdk.Error{Reason: sdk.ReasonInvalidConfig, Field: field, Message: message}
}
