package main

import (
	"fmt"
	"strings"
)

// oneOf is the value that prints as text. Hyphens are as good as underscores.
func oneOf[T fmt.Stringer](text string, values ...T) (T, error) {
	var none T
	words := make([]string, 0, len(values))
	for _, v := range values {
		if v.String() == strings.ReplaceAll(text, "-", "_") {
			return v, nil
		}
		words = append(words, v.String())
	}
	return none, fmt.Errorf("%q isn't one of %s", text, strings.Join(words, ", "))
}
