package main

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/chronik-stream/metalog/api/convert"
	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/metadata"
)

func (c *cli) batchCommand() *cobra.Command {
	var flags writeFlags
	var file string
	cmd := &cobra.Command{
		Use:   "batch --from-file FILE",
		Short: "Do several operations as one: all of them, or none",
		Long: `Do several operations as one: all of them, or none. Each sees what those before
it did, and all have one revision; the first that is refused, or has a refused
item, undoes all.

The file is one JSON object, a metalog.v1.BatchRequest: "operations" are the
requests of the API under their methods' names, "preconditions" are what records
must be like before: {"exists": true}, {"absent": true} or {"modifiedRevision": N}.

Operations are counted from 0. Exit code: that of what was refused.`,
		Example: `  metalog batch --from-file ops.json
  metalog batch --from-file - <<'EOF'
  {"operations": [
    {"createTopic": {"name": "orders", "partitions": 2}},
    {"commitOffsets": {"group": "billing", "generation": -1,
                       "offsets": [{"topic": "orders", "partition": 1, "offset": 42}]}}
  ], "preconditions": [{"record": {"noun": "NOUN_GROUP", "name": "billing"}, "absent": true}]}
  EOF`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			spec, err := c.batchFromFile(file)
			if err != nil {
				return err
			}
			return c.batch(cmd.Context(), flags, spec)
		},
	}
	cmd.Flags().StringVarP(&file, "from-file", "f", "", "a file with the batch as JSON, - for stdin")
	required(cmd, "from-file")
	flags.add(cmd)
	return cmd
}

func (c *cli) batchFromFile(path string) (metadata.BatchSpec, error) {
	raw, err := c.readFile(path)
	if err != nil {
		return metadata.BatchSpec{}, err
	}
	request := &metalogv1.BatchRequest{}
	if err := protojson.Unmarshal(raw, request); err != nil {
		return metadata.BatchSpec{}, usagef("--from-file %s: %s", path, protoWords(err))
	}
	if request.GetOptions() != nil {
		return metadata.BatchSpec{}, usagef("--from-file %s: options are given by --request-id and --validate-only", path)
	}
	spec, err := convert.BatchSpec(request)
	if err != nil {
		return spec, usagef("--from-file %s: %w", path, err)
	}
	return spec, nil
}

// protoWords is a decoder's error without the prefix that it varies at random.
func protoWords(err error) string {
	text := err.Error()
	return strings.TrimSpace(strings.TrimPrefix(text[strings.Index(text, ":")+1:], " "))
}

// batchView is what each operation answered, as it is printed.
type batchView struct {
	Operations []operationView `json:"operations"`
}

type operationView struct {
	Operation string `json:"operation"`
	responseView
}

func (b batchView) lines() (lines []string) {
	for i, op := range b.Operations {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%d %s %s", i, op.Operation, fieldText(op.responseView))))
	}
	return lines
}

func viewBatch(ctx context.Context, names *namer, spec metadata.BatchSpec, answers []metadata.Response) batchView {
	view := batchView{Operations: []operationView{}}
	for i, answer := range answers {
		var name string
		if i < len(spec.Operations) {
			name = operationName(spec.Operations[i])
		}
		view.Operations = append(view.Operations, operationView{Operation: name, responseView: viewResponse(ctx, names, name, answer)})
	}
	return view
}

// operationName is the name of the one field that is set, which is that of the
// store's method.
func operationName(op metadata.BatchOperation) string {
	fields := reflect.ValueOf(op)
	for i := range fields.NumField() {
		if !fields.Field(i).IsNil() {
			return fields.Type().Field(i).Name
		}
	}
	return "nothing"
}

func (c *cli) batch(ctx context.Context, flags writeFlags, spec metadata.BatchSpec) error {
	failed := int32(-1)
	o := &outcome{Kind: "batch", Name: fmt.Sprintf("of %d operations", len(spec.Operations)), Result: "done"}
	return c.write(ctx, flags, o,
		func(ctx context.Context, n node, opts ...metadata.WriteOption) (metadata.Written, error) {
			done, err := n.Batch(ctx, spec, opts...)
			failed = done.FailedOperation
			if err == nil {
				o.Answer = viewBatch(ctx, namesFrom(n), spec, done.Answers)
			}
			return done.Written, err
		},
		func(error) string { return batchNext(spec, failed) })
}

// batchNext says which operation was at fault, if one was.
func batchNext(spec metadata.BatchSpec, failed int32) string {
	if failed < 0 || int(failed) >= len(spec.Operations) {
		return "Nothing was done"
	}
	return fmt.Sprintf("Operation %d is the %s, counted from 0; nothing was done", failed, operationName(spec.Operations[failed]))
}
