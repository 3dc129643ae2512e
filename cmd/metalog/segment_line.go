package main

import (
	"errors"
	"fmt"

	"github.com/chronik-stream/metalog/metadata"
)

// segmentLine is one line of a file of segments.
type segmentLine struct {
	segmentView
	Partition   *int32 `json:"partition"`
	StartOffset *int64 `json:"start_offset"`
	EndOffset   *int64 `json:"end_offset"`
}

// parseSegmentLine reads a line but for the topic's id, if the line has only its
// name.
func parseSegmentLine(raw []byte) (topic string, spec metadata.SegmentSpec, err error) {
	line := segmentLine{segmentView: segmentView{Kind: metadata.SegmentLog.String()}}
	if err := parseJSON(raw, "a segment", &line); err != nil {
		return "", spec, err
	}
	if err := line.complete(); err != nil {
		return "", spec, err
	}
	if spec.Kind, err = parseKind(line.Kind); err != nil {
		return "", spec, fmt.Errorf(`"kind": %w`, err)
	}
	if line.TopicID != "" {
		if spec.Topic, err = metadata.ParseTopicID(line.TopicID); err != nil {
			return "", spec, fmt.Errorf(`"topic_id": %w`, err)
		}
	}
	spec.Partition, spec.ID = *line.Partition, line.ID
	spec.SegmentInfo = metadata.SegmentInfo{
		StartOffset: *line.StartOffset, EndOffset: *line.EndOffset, SizeBytes: line.SizeBytes, Records: line.Records,
		MinTimestampMS: line.MinTimestampMS, MaxTimestampMS: line.MaxTimestampMS, Path: line.Path, RowGroups: line.RowGroups,
		Compression: line.Compression, TimePartition: line.TimePartition, SchemaFingerprint: line.SchemaFingerprint,
	}
	return line.Topic, spec, nil
}

// complete refuses a line without what makes a segment.
func (l *segmentLine) complete() error {
	for _, field := range []struct {
		name    string
		missing bool
	}{
		{"topic", l.Topic == "" && l.TopicID == ""},
		{"partition", l.Partition == nil},
		{"id", l.ID == ""},
		{"start_offset", l.StartOffset == nil},
		{"end_offset", l.EndOffset == nil},
	} {
		if field.missing {
			return errors.New(`"` + field.name + `" is missing`)
		}
	}
	return nil
}
