package metadata

import (
	"strconv"
	"unicode/utf8"
)

// idFromEvent reads a 16-byte field; Decode has refused other lengths but none.
func idFromEvent(b []byte) (id [16]byte) {
	copy(id[:], b)
	return id
}

func cloneOptional[T any](v *T) *T {
	if v == nil {
		return nil
	}
	c := *v
	return &c
}

// quote shows a caller's text in a message, which is stored: so not all of a
// long one.
func quote(text string) string {
	const longest = 64
	if len(text) <= longest {
		return strconv.Quote(text)
	}
	cut := longest
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return strconv.Quote(text[:cut]) + "..."
}
