// Package convert is the one table between the Go types of metadata and sdk and
// the public API of package metalog.v1. The server reads it one way, the client
// the other, and a test holds every field to the round trip.
//
// A function named after a Go type returns that type; one whose name ends in
// Proto returns a message. Slices and strings are shared with the argument,
// since neither side changes what it has handed out.
package convert

// each applies one row of the table to every element; no elements give nil.
func each[A, B any](in []A, row func(A) B) []B {
	if len(in) == 0 {
		return nil
	}
	out := make([]B, len(in))
	for i, a := range in {
		out[i] = row(a)
	}
	return out
}

// eachErr is each for rows that can fail; it stops at the first that does.
func eachErr[A, B any](in []A, row func(A) (B, error)) ([]B, error) {
	if len(in) == 0 {
		return nil, nil
	}
	out := make([]B, len(in))
	for i, a := range in {
		b, err := row(a)
		if err != nil {
			return nil, err
		}
		out[i] = b
	}
	return out, nil
}
