package history

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// Encode writes h as JSON, to be judged again elsewhere. It refuses ids and names
// that aren't UTF-8, since JSON would make different ones equal.
func (h History) Encode(w io.Writer) error {
	if err := h.text(); err != nil {
		return err
	}
	return json.NewEncoder(w).Encode(h)
}

// Decode reads one history, which is all that r may hold. What it doesn't know it
// refuses. The history has no Foreign.
func Decode(r io.Reader) (History, error) {
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	var h History
	if err := dec.Decode(&h); err != nil {
		return History{}, fmt.Errorf("history: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return History{}, errors.New("history: something follows it")
	}
	return h, nil
}

func (h History) text() error {
	for _, w := range h.Writes {
		if err := text(w.ID, w.Node); err != nil {
			return err
		}
	}
	for _, r := range h.Reads {
		if err := text(r.Node); err != nil {
			return err
		}
	}
	for _, t := range h.Taps {
		if err := text(t.Node); err != nil {
			return err
		}
		for _, e := range t.Entries {
			if err := text(e.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

func text(names ...string) error {
	for _, name := range names {
		if !utf8.ValidString(name) {
			return fmt.Errorf("history: %q isn't UTF-8", name)
		}
	}
	return nil
}
