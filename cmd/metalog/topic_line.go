package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/chronik-stream/metalog/metadata"
)

// maxLine bounds a line of an import in bytes. The largest event is 1 MiB, so
// nothing longer could be written anyway.
const maxLine = 1 << 20

// topicLine is one line of an import.
type topicLine struct {
	Name              string             `json:"name"`
	Partitions        *int32             `json:"partitions"`
	ReplicationFactor *int32             `json:"replication_factor"`
	Configs           map[string]*string `json:"configs"`
}

// parseTopicLine reads one JSON object, and nothing behind it.
func parseTopicLine(line []byte) (metadata.TopicSpec, error) {
	var t topicLine
	if err := parseJSON(line, "a topic", &t); err != nil {
		return metadata.TopicSpec{}, err
	}
	if t.Name == "" {
		return metadata.TopicSpec{}, errors.New(`"name" is missing`)
	}
	return t.spec(), nil
}

// spec puts the configs in order: repeated, the line has to be the same write.
func (t topicLine) spec() metadata.TopicSpec {
	spec := metadata.TopicSpec{Name: t.Name, Partitions: metadata.Default, ReplicationFactor: metadata.Default}
	if t.Partitions != nil {
		spec.Partitions = *t.Partitions
	}
	if t.ReplicationFactor != nil {
		spec.ReplicationFactor = *t.ReplicationFactor
	}
	for _, key := range slices.Sorted(maps.Keys(t.Configs)) {
		spec.Configs = append(spec.Configs, metadata.ConfigValue{Key: key, Value: t.Configs[key]})
	}
	return spec
}

// numberedLine is a line of the input; err says why it can't be used.
type numberedLine struct {
	number int
	text   []byte
	err    error
}

// readLines calls visit with each line that isn't blank, until visit returns
// false. A line over maxLine is reported without being held. Its error is the
// reader's.
func readLines(r io.Reader, visit func(numberedLine) bool) error {
	in := bufio.NewReaderSize(r, 64<<10)
	for number := 1; ; number++ {
		text, long, err := readLine(in)
		end := errors.Is(err, io.EOF)
		if err != nil && !end {
			return err
		}
		line := numberedLine{number: number, text: bytes.TrimSpace(text)}
		if long {
			line.err = fmt.Errorf("longer than %d bytes", maxLine)
		}
		if number == 1 {
			line.text = bytes.TrimPrefix(line.text, []byte("\xef\xbb\xbf"))
		}
		if (len(line.text) > 0 || long) && !visit(line) || end {
			return nil
		}
	}
}

// readLine reads up to the next newline; of a line over maxLine it keeps
// nothing.
func readLine(in *bufio.Reader) (text []byte, long bool, err error) {
	for {
		chunk, err := in.ReadSlice('\n')
		if long = long || len(text)+len(chunk) > maxLine; long {
			text = nil
		} else {
			text = append(text, chunk...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return text, long, err
		}
	}
}
