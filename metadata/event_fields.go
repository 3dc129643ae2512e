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
// long one, but any legal topic name. It is in the digest, too: so ASCII only,
// as what else is printable differs between releases of Go.
func quote(text string) string {
	if len(text) <= MaxTopicName {
		return strconv.QuoteToASCII(text)
	}
	cut := MaxTopicName
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return strconv.QuoteToASCII(text[:cut]) + "..."
}
