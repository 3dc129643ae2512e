package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/chronik-stream/metalog/metadata"
)

// topicCreate is what the flags of topic create say.
type topicCreate struct {
	writeFlags
	file        string
	partitions  int32
	replication int32
	configs     []string
	assignments []string
	id          string
	progress    progressMode
	inFlight    int
}

func (c *cli) topicCreateCommand() *cobra.Command {
	f := &topicCreate{progress: progressAuto}
	cmd := &cobra.Command{
		Use:   "create NAME | --from-file FILE",
		Short: "Create a topic, or one for each line of a file",
		Long: `Create a topic, or one for each line of a file.

A line is a JSON object: {"name": "orders", "partitions": 6,
"replication_factor": 3, "configs": {"retention.ms": "3600000"}}. Only the name
is needed. Each topic's fate is printed as soon as the node has acknowledged it,
so in that order and not the file's. A line that isn't a topic is reported on
stderr and the rest goes on.

Exit code of an import: 0 all were created, 5 some were already there, 1 some
were refused or made no sense, 3 the node stopped answering, 8 the outcome of
some is unknown.`,
		Example: `  metalog topic create orders --partitions 6 --replication-factor 3
  metalog topic create orders --assign 0=1,2,3 --assign 1=2,3,1
  metalog topic create --from-file topics.jsonl`,
		Args: args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, names []string) error {
			if f.file != "" {
				return c.importTopics(cmd, names, f)
			}
			return c.createTopic(cmd.Context(), names, f)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.file, "from-file", "f", "", "a file of JSON lines, - for stdin")
	flags.Int32Var(&f.partitions, "partitions", metadata.Default, "how many (default: the cluster's, 1)")
	flags.Int32Var(&f.replication, "replication-factor", metadata.Default, "brokers per partition (default: the cluster's, up to 3)")
	flags.StringArrayVar(&f.configs, "config", nil, "KEY=VALUE; may be repeated")
	flags.StringArrayVar(&f.assignments, "assign", nil, "PARTITION=BROKER,BROKER,... the first preferred to lead; may be repeated")
	flags.StringVar(&f.id, "id", "", "the topic's id (default: a new one)")
	flags.Var(&f.progress, "progress", "of an import, on stderr: auto, plain, json or none")
	flags.IntVar(&f.inFlight, "in-flight", 64, "how many lines of an import to have on the way at once, 1 to 256")
	f.add(cmd)
	return cmd
}

func (c *cli) createTopic(ctx context.Context, names []string, f *topicCreate) error {
	if len(names) == 0 {
		return usagef("which topic? metalog topic create NAME, or --from-file FILE")
	}
	spec, err := f.spec(names[0])
	if err != nil {
		return err
	}
	o := &outcome{Kind: "topic", Name: spec.Name, Result: "created"}
	return c.write(ctx, f.writeFlags, o,
		func(ctx context.Context, n node, opts ...metadata.WriteOption) (metadata.Written, error) {
			created, err := n.CreateTopic(ctx, spec, opts...)
			o.Partitions = created.Partitions
			if !created.ID.IsZero() {
				o.ID = created.ID.String()
			}
			return created.Written, err
		}, topicExistsNext(spec.Name))
}

func topicExistsNext(name string) func(error) string {
	return func(err error) string {
		if errors.Is(err, metadata.ErrAlreadyExists) {
			return "To change it: metalog topic update " + name
		}
		return ""
	}
}

func (f *topicCreate) spec(name string) (metadata.TopicSpec, error) {
	spec := metadata.TopicSpec{Name: name, Partitions: f.partitions, ReplicationFactor: f.replication}
	var err error
	if f.id != "" {
		if spec.ID, err = metadata.ParseTopicID(f.id); err != nil {
			return spec, usagef("--id: %w", err)
		}
	}
	for _, text := range f.configs {
		key, value, ok := strings.Cut(text, "=")
		if !ok {
			return spec, usagef("--config %q isn't KEY=VALUE", text)
		}
		spec.Configs = append(spec.Configs, metadata.ConfigValue{Key: key, Value: &value})
	}
	spec.Assignments, err = parseAssignments("assign", f.assignments)
	return spec, err
}

// parseAssignments reads PARTITION=BROKER,BROKER,...
func parseAssignments(flag string, texts []string) ([]metadata.Assignment, error) {
	var assignments []metadata.Assignment
	for _, text := range texts {
		partition, brokers, ok := strings.Cut(text, "=")
		index, err := strconv.ParseInt(partition, 10, 32)
		if !ok || err != nil {
			return nil, usagef("--%s %q isn't PARTITION=BROKER,BROKER,...", flag, text)
		}
		replicas, err := parseBrokers(brokers)
		if err != nil {
			return nil, usagef("--%s %q: %w", flag, text, err)
		}
		assignments = append(assignments, metadata.Assignment{Partition: int32(index), Replicas: replicas})
	}
	return assignments, nil
}

func parseBrokers(text string) ([]int32, error) {
	var ids []int32
	for field := range strings.SplitSeq(text, ",") {
		id, err := strconv.ParseInt(strings.TrimSpace(field), 10, 32)
		if err != nil {
			return nil, fmt.Errorf("%q isn't a broker's id", field)
		}
		ids = append(ids, int32(id))
	}
	return ids, nil
}

func (c *cli) topicUpdateCommand() *cobra.Command {
	var f configFlags
	cmd := &cobra.Command{
		Use:     "update NAME",
		Short:   "Change a topic's configuration",
		Example: "  metalog topic update orders --set retention.ms=3600000 --delete cleanup.policy",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, names []string) error {
			return c.alterConfigs(cmd.Context(), &f, metadata.Resource{Type: metadata.ResourceTopic, Name: names[0]})
		},
	}
	f.add(cmd)
	return cmd
}
