package launch

import (
	"io"
	"log/slog"
)

// What is fuzzed: everything that reads what a plugin prints.

func ParseLog(line []byte) (slog.Record, bool) { return parseLog(line) }

func ParseHandshake(line []byte) (core, protocol int, ok bool) {
	h, ok := parseHandshake(line)
	return h.core, h.protocol, ok
}

func ReadLines(r io.Reader, each func(line []byte, cut bool)) { readLines(r, each) }

const MaxLine = maxLine

// What can't be brought about in a test: a machine that is short of something.

func RunDirError(err error) error { return runDirError("/run/metalog", err) }

func Unusable(err error) error { return unusable("/plugin", err) }
