package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// maxFile bounds a file that holds one request in bytes. The largest event is
// 1 MiB, and JSON is never so much longer.
const maxFile = 16 << 20

// readFile reads a whole file, or stdin for "-".
func (c *cli) readFile(path string) ([]byte, error) {
	input := io.NopCloser(c.in)
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return nil, usagef("--from-file: %w", err)
		}
		input = file
	}
	defer input.Close()
	raw, err := io.ReadAll(io.LimitReader(input, maxFile+1))
	if err == nil && len(raw) > maxFile {
		err = usagef("--from-file %s: longer than %d bytes", path, maxFile)
	}
	return raw, err
}

// parseJSON reads one JSON object whose fields are all known, and nothing behind
// it.
func parseJSON(raw []byte, what string, into any) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return jsonError(what, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more than one JSON object")
	}
	return nil
}

// jsonError says what is wrong in the file's words, not in Go's.
func jsonError(what string, err error) error {
	var mismatch *json.UnmarshalTypeError
	switch {
	case errors.As(err, &mismatch) && mismatch.Field == "":
		return fmt.Errorf("a JSON object is wanted, not %s", article(mismatch.Value))
	case errors.As(err, &mismatch):
		return fmt.Errorf("%q can't be %s", mismatch.Field, article(mismatch.Value))
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return errors.New("the JSON object isn't complete")
	default:
		return fmt.Errorf("not %s: %s", what, strings.TrimPrefix(err.Error(), "json: "))
	}
}

func article(jsonType string) string {
	switch {
	case strings.HasPrefix(jsonType, "number "):
		return "the " + jsonType
	case strings.ContainsAny(jsonType[:1], "aeiou"):
		return "an " + jsonType
	default:
		return "a " + jsonType
	}
}
