package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/chronik-stream/metalog/metadata"
)

func (c *cli) segmentCommand() *cobra.Command {
	cmd := group("segment", "Store, read and delete the records of partitions' segments",
		c.segmentPutCommand(), c.segmentListCommand(), c.segmentGetCommand(), c.segmentDeleteCommand(), c.segmentPathsCommand())
	cmd.Long = cmd.Short + `.

A segment is a stored piece of a partition: where it is, and which offsets it
holds. There are two kinds, log and parquet (in columns), with ids of their own.
Only what is known about a segment is kept here, never the segment itself.`
	return cmd
}

// segmentView is a segment as it is printed.
type segmentView struct {
	Kind              string `json:"kind"`
	Topic             string `json:"topic"` // its id, if the topic is gone
	TopicID           string `json:"topic_id"`
	Partition         int32  `json:"partition"`
	ID                string `json:"id"`
	StartOffset       int64  `json:"start_offset"`
	EndOffset         int64  `json:"end_offset"` // the last in it
	SizeBytes         int64  `json:"size_bytes"`
	Records           int64  `json:"records"`
	MinTimestampMS    int64  `json:"min_timestamp_ms"`
	MaxTimestampMS    int64  `json:"max_timestamp_ms"`
	Path              string `json:"path"`
	RowGroups         int32  `json:"row_groups,omitempty"` // this and what follows: of a segment in columns
	Compression       string `json:"compression,omitempty"`
	TimePartition     string `json:"time_partition,omitempty"`
	SchemaFingerprint string `json:"schema_fingerprint,omitempty"`
	Created           string `json:"created"`
	CreatedRevision   uint64 `json:"created_revision"`
	ModifiedRevision  uint64 `json:"modified_revision"`
	Stale             bool   `json:"stale,omitempty"`
}

func viewSegment(topic string, s *metadata.Segment, stale bool) segmentView {
	return segmentView{
		Kind: s.Kind.String(), Topic: topic, TopicID: s.Topic.String(), Partition: s.Partition, ID: s.ID,
		StartOffset: s.StartOffset, EndOffset: s.EndOffset, SizeBytes: s.SizeBytes, Records: s.Records,
		MinTimestampMS: s.MinTimestampMS, MaxTimestampMS: s.MaxTimestampMS, Path: s.Path, RowGroups: s.RowGroups,
		Compression: s.Compression, TimePartition: s.TimePartition, SchemaFingerprint: s.SchemaFingerprint, Created: clock(s.CreatedMS),
		CreatedRevision: s.CreatedRevision, ModifiedRevision: s.ModifiedRevision, Stale: stale,
	}
}

// kindFlag is --kind.
type kindFlag struct{ text string }

func (k *kindFlag) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&k.text, "kind", metadata.SegmentLog.String(), "log or parquet")
}

func (k *kindFlag) kind() (metadata.SegmentKind, error) {
	kind, err := parseKind(k.text)
	if err != nil {
		return kind, usagef("--kind: %w", err)
	}
	return kind, nil
}

func parseKind(text string) (metadata.SegmentKind, error) {
	return oneOf(text, metadata.SegmentLog, metadata.SegmentParquet)
}

// segmentQuery is what list and paths ask for.
type segmentQuery struct {
	readFlags
	kindFlag
	partition int32
}

func (q *segmentQuery) add(cmd *cobra.Command) {
	cmd.Flags().Int32Var(&q.partition, "partition", 0, "of this partition only (default: all)")
	q.kindFlag.add(cmd)
	q.readFlags.add(cmd)
}

func (q *segmentQuery) query(cmd *cobra.Command, topic string) (metadata.SegmentsQuery, error) {
	kind, err := q.kind()
	query := metadata.SegmentsQuery{Topic: topic, Kind: kind}
	if cmd.Flags().Changed("partition") {
		query.Partition = &q.partition
	}
	return query, err
}

func (c *cli) segmentListCommand() *cobra.Command {
	var q segmentQuery
	cmd := &cobra.Command{
		Use: "list TOPIC", Short: "Show a topic's segments, by partition and start offset", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			query, err := q.query(cmd, given[0])
			if err != nil {
				return err
			}
			return read(cmd.Context(), c, q.readFlags,
				func(ctx context.Context, n node, opts ...metadata.ReadOption) (metadata.Read[[]*metadata.Segment], error) {
					return n.Segments(ctx, query, opts...)
				}, listTopicsNext,
				func(_ context.Context, _ node, found metadata.Read[[]*metadata.Segment]) error {
					views := make([]segmentView, 0, len(found.Value))
					for _, s := range found.Value {
						views = append(views, viewSegment(given[0], s, found.Stale))
					}
					return c.show(views, func() {
						c.showSegments(views)
						c.note("%d %s segments of %s at revision %d", len(views), query.Kind, given[0], found.Revision)
					})
				})
		},
	}
	q.add(cmd)
	return cmd
}

func (c *cli) showSegments(views []segmentView) {
	rows := make([]table.Row, 0, len(views))
	for _, s := range views {
		rows = append(rows, table.Row{s.Partition, s.ID, s.StartOffset, s.EndOffset, s.Records, s.SizeBytes, s.Path})
	}
	c.table(table.Row{"PARTITION", "ID", "START", "END", "RECORDS", "BYTES", "PATH"}, rows)
}

func (c *cli) segmentPathsCommand() *cobra.Command {
	var q segmentQuery
	cmd := &cobra.Command{
		Use: "paths TOPIC", Short: "Print where a topic's segments are, a path a line", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			query, err := q.query(cmd, given[0])
			if err != nil {
				return err
			}
			return read(cmd.Context(), c, q.readFlags,
				func(ctx context.Context, n node, opts ...metadata.ReadOption) (metadata.Read[[]string], error) {
					return n.SegmentPaths(ctx, query, opts...)
				}, listTopicsNext,
				func(_ context.Context, _ node, found metadata.Read[[]string]) error {
					return c.show(append([]string{}, found.Value...), func() {
						for _, path := range found.Value {
							c.line("%s", path)
						}
					})
				})
		},
	}
	q.add(cmd)
	return cmd
}

func (c *cli) segmentGetCommand() *cobra.Command {
	var flags readFlags
	var k kindFlag
	cmd := &cobra.Command{
		Use: "get TOPIC PARTITION ID", Short: "Show one segment", Args: args(cobra.ExactArgs(3)),
		RunE: func(cmd *cobra.Command, given []string) error {
			key, err := segmentKey(given, &k)
			if err != nil {
				return err
			}
			return read(cmd.Context(), c, flags,
				func(ctx context.Context, n node, opts ...metadata.ReadOption) (metadata.Read[*metadata.Segment], error) {
					if err := observeTopic(ctx, n, given[0], &key.Topic); err != nil {
						return metadata.Read[*metadata.Segment]{}, err
					}
					return n.Segment(ctx, key, opts...)
				}, segmentNext(given[0]),
				func(_ context.Context, _ node, found metadata.Read[*metadata.Segment]) error {
					view := viewSegment(given[0], found.Value, found.Stale)
					return c.show(view, func() { c.showSegments([]segmentView{view}) })
				})
		},
	}
	k.add(cmd)
	flags.add(cmd)
	return cmd
}

// segmentKey reads TOPIC PARTITION ID but for the topic's id, which a node has
// to be asked for.
func segmentKey(given []string, k *kindFlag) (key metadata.SegmentKey, err error) {
	if key.Kind, err = k.kind(); err != nil {
		return key, err
	}
	key.ID = given[2]
	key.Partition, err = parseIndex(given[1])
	return key, err
}

func segmentNext(topic string) func(error) string {
	return func(err error) string {
		var refusal *metadata.Error
		if errors.As(err, &refusal) && refusal.Code == metadata.CodeResourceNotFound {
			return "To see what there is: metalog segment list " + topic
		}
		return listTopicsNext(err)
	}
}

// absentView names the segments that weren't there to be deleted.
type absentView struct {
	Absent []string `json:"absent"`
}

func (a absentView) lines() (lines []string) {
	for _, id := range a.Absent {
		lines = append(lines, fmt.Sprintf("%s wasn't there", id))
	}
	return lines
}

func (c *cli) segmentDeleteCommand() *cobra.Command {
	var flags writeFlags
	var k kindFlag
	cmd := &cobra.Command{
		Use:   "delete TOPIC PARTITION ID...",
		Short: "Forget segments of a partition; one that isn't there counts as forgotten",
		Args:  args(cobra.MinimumNArgs(3)),
		RunE: func(cmd *cobra.Command, given []string) error {
			first, err := segmentKey(given, &k)
			if err != nil {
				return err
			}
			ids := given[2:]
			o := &outcome{Kind: "segments of", Name: placeText(given[0], first.Partition), Result: "deleted"}
			return c.write(cmd.Context(), flags, o,
				func(ctx context.Context, n node, opts ...metadata.WriteOption) (metadata.Written, error) {
					if err := observeTopic(ctx, n, given[0], &first.Topic); err != nil {
						return metadata.Written{}, err
					}
					deleted, err := n.DeleteSegments(ctx, segmentKeys(first, ids), opts...)
					o.Answer = viewAbsent(ids, deleted.Absent)
					return deleted.Written, err
				}, listTopicsNext)
		},
	}
	k.add(cmd)
	flags.add(cmd)
	return cmd
}

func segmentKeys(like metadata.SegmentKey, ids []string) (keys metadata.SegmentKeys) {
	for _, id := range ids {
		like.ID = id
		keys.Segments = append(keys.Segments, like)
	}
	return keys
}

func viewAbsent(ids []string, absent []int32) absentView {
	view := absentView{Absent: []string{}}
	for _, i := range absent {
		if int(i) < len(ids) {
			view.Absent = append(view.Absent, ids[i])
		}
	}
	return view
}
