package report

import (
	"encoding/json"
	"fmt"
	"io"
)

// WriteJSON writes all of it, for Read.
func (r *Report) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

// Read reads what WriteJSON wrote, of this version of the suite or another one:
// what it doesn't know is left out.
func Read(rd io.Reader) (*Report, error) {
	var r Report
	if err := json.NewDecoder(rd).Decode(&r); err != nil {
		return nil, fmt.Errorf("not a report of the conformance suite: %w", err)
	}
	return &r, nil
}
