package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/chronik-stream/metalog/metadata"
)

// segmentPut is what the flags of segment put say.
type segmentPut struct {
	writeFlags
	kindFlag
	info     metadata.SegmentInfo
	replace  bool
	file     string
	progress progressMode
}

// segmentContentFlags describe one segment.
var segmentContentFlags = []string{
	"kind", "start", "end", "size", "records", "min-timestamp", "max-timestamp", "path",
	"row-groups", "compression", "time-partition", "schema-fingerprint", "request-id", "validate-only",
}

func (c *cli) segmentPutCommand() *cobra.Command {
	f := &segmentPut{progress: progressAuto}
	cmd := &cobra.Command{
		Use:   "put TOPIC PARTITION ID --start N --end N | --from-file FILE",
		Short: "Store what is known of a segment, or of one for each line of a file",
		Long: `Store what is known of a segment, or of one for each line of a file. One of the
same name is only accepted if it is the same, unless --replace is given.

A line is a JSON object: {"topic": "orders", "partition": 0, "id": "s1",
"start_offset": 0, "end_offset": 99, "size_bytes": 4096, "path": "s3://b/s1"};
segment list -o json has the same names. Up to 1000 lines are stored at once.
Only what was refused is printed, by its line; the rest goes on. Since the same
segment is accepted again, a file can be stored again after any failure.

Exit code of a file: 0 all are stored, 5 some are there already with other
content, 1 some were refused or made no sense, 3 the node stopped answering, 8
the outcome of some is unknown.`,
		Example: `  metalog segment put orders 0 s1 --start 0 --end 99 --size 4096 --path s3://b/s1
  metalog segment put --from-file segments.jsonl`,
		Args: args(cobra.MaximumNArgs(3)),
		RunE: func(cmd *cobra.Command, given []string) error {
			if f.file != "" {
				return c.importSegments(cmd, given, f)
			}
			return c.putSegment(cmd, given, f)
		},
	}
	f.addContent(cmd)
	return cmd
}

func (f *segmentPut) addContent(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVarP(&f.file, "from-file", "f", "", "a file of JSON lines, - for stdin")
	flags.Int64Var(&f.info.StartOffset, "start", 0, "the first offset in it")
	flags.Int64Var(&f.info.EndOffset, "end", 0, "the last offset in it; one below --start: it is empty")
	flags.Int64Var(&f.info.SizeBytes, "size", 0, "its bytes")
	flags.Int64Var(&f.info.Records, "records", 0, "its records")
	flags.Int64Var(&f.info.MinTimestampMS, "min-timestamp", 0, "of its records, in Unix milliseconds")
	flags.Int64Var(&f.info.MaxTimestampMS, "max-timestamp", 0, "of its records, in Unix milliseconds")
	flags.StringVar(&f.info.Path, "path", "", "where it is: yours to choose, and not looked at")
	flags.Int32Var(&f.info.RowGroups, "row-groups", 0, "of a parquet segment")
	flags.StringVar(&f.info.Compression, "compression", "", "of a parquet segment")
	flags.StringVar(&f.info.TimePartition, "time-partition", "", "the time that a parquet segment is filed under")
	flags.StringVar(&f.info.SchemaFingerprint, "schema-fingerprint", "", "of a parquet segment's columns")
	flags.BoolVar(&f.replace, "replace", false, "put it in the place of one of the same name")
	flags.Var(&f.progress, "progress", "of a file, on stderr: auto, plain, json or none")
	f.kindFlag.add(cmd)
	f.writeFlags.add(cmd)
}

func (c *cli) putSegment(cmd *cobra.Command, given []string, f *segmentPut) error {
	if len(given) != 3 {
		return usagef("which segment? metalog segment put TOPIC PARTITION ID, or --from-file FILE")
	}
	for _, flag := range []string{"start", "end"} {
		if !cmd.Flags().Changed(flag) {
			return usagef("--%s is missing. Usage: %s", flag, cmd.UseLine())
		}
	}
	key, err := segmentKey(given, &f.kindFlag)
	if err != nil {
		return err
	}
	o := &outcome{Kind: "segment", Name: placeText(given[0], key.Partition) + "/" + key.ID, Result: "put"}
	return c.write(cmd.Context(), f.writeFlags, o,
		func(ctx context.Context, n node, opts ...metadata.WriteOption) (metadata.Written, error) {
			if err := observeTopic(ctx, n, given[0], &key.Topic); err != nil {
				return metadata.Written{}, err
			}
			spec := metadata.SegmentsSpec{Segments: []metadata.SegmentSpec{{SegmentKey: key, SegmentInfo: f.info}}, Replace: f.replace}
			done, err := n.PutSegments(ctx, spec, opts...)
			o.refused = newRefusedItems("segments", []string{o.Name}, done.Failed)
			return done.Written, err
		}, listTopicsNext)
}
