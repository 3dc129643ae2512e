// Package options reads a backend's own settings: a JSON object whose fields are
// refused by name where they aren't known, or aren't what they should be.
package options

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/chronik-stream/metalog/sdk"
)

// Decode reads raw into the struct that into points to, which holds the defaults;
// nil raw changes nothing. page is where the settings are listed. The error is of
// ReasonInvalidConfig and names the field.
func Decode(raw json.RawMessage, into any, page string) error {
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil
	}
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &fields); err != nil {
		return Invalid("options", "not a JSON object: %v", err)
	}
	for name, value := range fields {
		if err := decodeField(name, value, into, page); err != nil {
			return err
		}
	}
	return nil
}

func decodeField(name string, value json.RawMessage, into any, page string) error {
	one, err := json.Marshal(map[string]json.RawMessage{name: value})
	if err != nil {
		return Invalid(name, "%v", err)
	}
	d := json.NewDecoder(bytes.NewReader(one))
	d.DisallowUnknownFields()
	err = d.Decode(into)
	var wrong *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrong):
		return Invalid(name, "a %s where a %s belongs", wrong.Value, kindOf(wrong))
	case strings.Contains(err.Error(), "unknown field"):
		return Invalid(name, "unknown setting; %s lists what there is", page)
	}
	return Invalid(name, "%v", err)
}

func kindOf(wrong *json.UnmarshalTypeError) string {
	if kind, ok := kinds[wrong.Type.Kind()]; ok {
		return kind
	}
	return "mapping"
}

var kinds = map[reflect.Kind]string{
	reflect.Int: "whole number", reflect.Int64: "whole number", reflect.Uint64: "whole number",
	reflect.Bool:   "true or false",
	reflect.String: "text such as \"250ms\"",
}

// Invalid says what is wrong with a setting.
func Invalid(field, format string, args ...any) error {
	return &sdk.Error{Reason: sdk.ReasonInvalidConfig, Outcome: sdk.NotAppended, Field: field, Message: fmt.Sprintf(format, args...)}
}
