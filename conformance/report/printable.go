package report

import (
	"strings"
	"unicode/utf8"
)

// printable puts a replacement for what a plugin may well have printed and what
// XML can't hold, a terminal would obey, or isn't text at all.
func printable(s string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\t', c == '\n', c == '\r', c >= ' ' && c <= 0xD7FF, c >= 0xE000 && c <= 0xFFFD, c >= 0x10000:
			return c
		}
		return utf8.RuneError
	}, s)
}
