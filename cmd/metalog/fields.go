package main

import (
	"bytes"
	"encoding/json"
	"strings"
)

// field is one member of a view, in the view's order.
type field struct {
	key  string
	text string // JSON, but for the quotes of a plain word
}

// fieldsOf takes a view apart as it would be printed in JSON.
func fieldsOf(view any) (fields []field) {
	dec := json.NewDecoder(bytes.NewReader(compactJSON(view)))
	if token, err := dec.Token(); err != nil || token != json.Delim('{') {
		return nil
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return fields
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return fields
		}
		name, _ := key.(string) // a member's name can be nothing else
		fields = append(fields, field{key: name, text: plainWord(string(value))})
	}
	return fields
}

// compactJSON is a view on one line. A view can always be encoded.
func compactJSON(view any) []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(view); err != nil {
		return []byte(`"` + err.Error() + `"`)
	}
	return bytes.TrimSpace(buf.Bytes())
}

// plainWord takes the quotes from a text that needs none to be told apart.
func plainWord(value string) string {
	inner, ok := strings.CutPrefix(value, `"`)
	if !ok || inner == `"` || strings.ContainsAny(value, " \t\\=") {
		return value
	}
	return strings.TrimSuffix(inner, `"`)
}

// empty reports whether a field says nothing.
func (f field) empty() bool {
	return f.text == `""` || f.text == "[]" || f.text == "{}" || f.text == "null"
}

func (f field) String() string { return f.key + "=" + f.text }

// fieldText is all fields of a view that say something, on one line.
func fieldText(view any) string {
	var words []string
	for _, f := range fieldsOf(view) {
		if !f.empty() {
			words = append(words, f.String())
		}
	}
	return strings.Join(words, " ")
}
