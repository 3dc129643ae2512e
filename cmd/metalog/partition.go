package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/chronik-stream/metalog/metadata"
)

func (c *cli) partitionCommand() *cobra.Command {
	return group("partition", "Read, add and assign a topic's partitions, and say how far they reach",
		c.partitionListCommand(), c.partitionGetCommand(),
		c.partitionCreateCommand(), c.partitionAssignCommand(),
		c.partitionOffsetsCommand(), c.partitionHighWatermarkCommand(),
		c.partitionCheckpointCommand(), c.partitionLogStartCommand())
}

// partitionView is a partition as it is printed.
type partitionView struct {
	Topic            string  `json:"topic"`
	Partition        int32   `json:"partition"`
	Leader           int32   `json:"leader"`
	LeaderEpoch      int32   `json:"leader_epoch"`
	PartitionEpoch   int32   `json:"partition_epoch"`
	Replicas         []int32 `json:"replicas"`
	ISR              []int32 `json:"isr"`
	Adding           []int32 `json:"adding,omitempty"`
	Removing         []int32 `json:"removing,omitempty"`
	HighWatermark    int64   `json:"high_watermark"`
	LogStartOffset   int64   `json:"log_start_offset"`
	CreatedRevision  uint64  `json:"created_revision"`
	ModifiedRevision uint64  `json:"modified_revision"`
	Stale            bool    `json:"stale,omitempty"`
}

func viewPartition(topic string, p *metadata.Partition, stale bool) partitionView {
	view := partitionView{
		Topic: topic, Partition: p.Index, Leader: p.Leader,
		LeaderEpoch: p.LeaderEpoch, PartitionEpoch: p.PartitionEpoch,
		Replicas: orEmpty(p.Replicas), ISR: orEmpty(p.ISR),
		HighWatermark: p.HighWatermark, LogStartOffset: p.LogStartOffset,
		CreatedRevision: p.CreatedRevision, ModifiedRevision: p.ModifiedRevision, Stale: stale,
	}
	if p.Reassignment != nil {
		view.Adding, view.Removing = p.Reassignment.Adding, p.Reassignment.Removing
	}
	return view
}

// orEmpty makes a list without members [] in JSON, and not null.
func orEmpty(ids []int32) []int32 {
	if ids == nil {
		return []int32{}
	}
	return ids
}

func (c *cli) partitionListCommand() *cobra.Command {
	var flags readFlags
	cmd := &cobra.Command{
		Use: "list TOPIC", Short: "Show a topic's partitions", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			return read(cmd.Context(), c, flags,
				func(ctx context.Context, n node, opts ...metadata.ReadOption) (metadata.Read[[]*metadata.Partition], error) {
					return n.Partitions(ctx, given[0], opts...)
				}, listTopicsNext,
				func(_ context.Context, _ node, found metadata.Read[[]*metadata.Partition]) error {
					views := make([]partitionView, 0, len(found.Value))
					for _, p := range found.Value {
						views = append(views, viewPartition(given[0], p, found.Stale))
					}
					return c.show(views, func() { c.showPartitions(views) })
				})
		},
	}
	flags.add(cmd)
	return cmd
}

func (c *cli) partitionGetCommand() *cobra.Command {
	var flags readFlags
	cmd := &cobra.Command{
		Use: "get TOPIC PARTITION", Short: "Show one partition", Args: args(cobra.ExactArgs(2)),
		RunE: func(cmd *cobra.Command, given []string) error {
			index, err := parseIndex(given[1])
			if err != nil {
				return err
			}
			return read(cmd.Context(), c, flags,
				func(ctx context.Context, n node, opts ...metadata.ReadOption) (metadata.Read[*metadata.Partition], error) {
					return n.Partition(ctx, given[0], index, opts...)
				}, listTopicsNext,
				func(_ context.Context, _ node, found metadata.Read[*metadata.Partition]) error {
					view := viewPartition(given[0], found.Value, found.Stale)
					return c.show(view, func() { c.showPartitions([]partitionView{view}) })
				})
		},
	}
	flags.add(cmd)
	return cmd
}

func (c *cli) showPartitions(views []partitionView) {
	rows := make([]table.Row, 0, len(views))
	for _, v := range views {
		rows = append(rows, table.Row{
			v.Partition, leaderText(v.Leader), v.LeaderEpoch, v.PartitionEpoch,
			brokersText(v.Replicas), brokersText(v.ISR), v.ModifiedRevision,
		})
	}
	c.table(table.Row{"PARTITION", "LEADER", "LEADER EPOCH", "PARTITION EPOCH", "REPLICAS", "ISR", "MODIFIED AT"}, rows)
}

func leaderText(id int32) string {
	if id == metadata.NoLeader {
		return "none"
	}
	return strconv.Itoa(int(id))
}

func brokersText(ids []int32) string {
	if len(ids) == 0 {
		return "none"
	}
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(ids), " ", ","), "[]")
}

func (c *cli) partitionCreateCommand() *cobra.Command {
	var flags writeFlags
	var total int32
	var assignments []string
	cmd := &cobra.Command{
		Use:     "create TOPIC --total N",
		Short:   "Give a topic more partitions; their number only grows",
		Example: "  metalog partition create orders --total 12",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			placed, err := parseAssignments("assign", assignments)
			if err != nil {
				return err
			}
			spec := metadata.PartitionsSpec{Topic: given[0], Total: total, Assignments: placed}
			o := &outcome{Kind: "topic", Name: spec.Topic, Result: fmt.Sprintf("grown to %d partitions", total), Partitions: total}
			return c.write(cmd.Context(), flags, o,
				func(ctx context.Context, n node, opts ...metadata.WriteOption) (metadata.Written, error) {
					return n.CreatePartitions(ctx, spec, opts...)
				}, listTopicsNext)
		},
	}
	cmd.Flags().Int32Var(&total, "total", 0, "how many it shall have")
	cmd.Flags().StringArrayVar(&assignments, "assign", nil, "PARTITION=BROKER,BROKER,... for each new one, in order")
	required(cmd, "total")
	flags.add(cmd)
	return cmd
}

func (c *cli) partitionAssignCommand() *cobra.Command {
	var flags writeFlags
	var replicas string
	var leader, expected int32
	cmd := &cobra.Command{
		Use:     "assign TOPIC PARTITION --replicas BROKER,BROKER,...",
		Short:   "Put a partition onto brokers",
		Example: "  metalog partition assign orders 0 --replicas 2,3,1 --leader 2",
		Args:    args(cobra.ExactArgs(2)),
		RunE: func(cmd *cobra.Command, given []string) error {
			spec, err := assignmentSpec(cmd, given, replicas, leader, expected)
			if err != nil {
				return err
			}
			o := &outcome{Kind: "partition", Name: given[0] + "/" + given[1], Result: "assigned"}
			return c.write(cmd.Context(), flags, o,
				func(ctx context.Context, n node, opts ...metadata.WriteOption) (metadata.Written, error) {
					return n.AssignPartition(ctx, spec, opts...)
				}, listTopicsNext)
		},
	}
	cmd.Flags().StringVar(&replicas, "replicas", "", "the brokers to hold it")
	cmd.Flags().Int32Var(&leader, "leader", 0, "the one to lead (default: the first replica)")
	cmd.Flags().Int32Var(&expected, "expected-partition-epoch", 0, "refuse if it changed meanwhile (default: whatever it is)")
	required(cmd, "replicas")
	flags.add(cmd)
	return cmd
}

func assignmentSpec(cmd *cobra.Command, given []string, replicas string, leader, expected int32) (metadata.AssignmentSpec, error) {
	index, err := parseIndex(given[1])
	if err != nil {
		return metadata.AssignmentSpec{}, err
	}
	ids, err := parseBrokers(replicas)
	if err != nil {
		return metadata.AssignmentSpec{}, usagef("--replicas: %w", err)
	}
	spec := metadata.AssignmentSpec{Topic: given[0], Partition: index, Replicas: ids, Leader: ids[0]}
	if cmd.Flags().Changed("leader") {
		spec.Leader = leader
	}
	if cmd.Flags().Changed("expected-partition-epoch") {
		spec.ExpectedPartitionEpoch = &expected
	}
	return spec, nil
}

func parseIndex(text string) (int32, error) {
	index, err := strconv.ParseInt(text, 10, 32)
	if err != nil || index < 0 {
		return 0, usagef("%q isn't a partition's number", text)
	}
	return int32(index), nil
}
