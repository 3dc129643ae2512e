package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/chronik-stream/metalog/metadata"
)

// groupPut is what the flags of group put say.
type groupPut struct {
	writeFlags
	file               string
	expectedGeneration int32
	expectedState      string
	generation         int32
	state              string
	protocolType       string
	protocol           string
	leader             string
	members            []string
	instances          []string
}

// groupContentFlags describe the group itself, as a file does.
var groupContentFlags = []string{"generation", "state", "protocol-type", "protocol", "leader", "member", "instance"}

func (c *cli) groupPutCommand() *cobra.Command {
	f := &groupPut{}
	cmd := &cobra.Command{
		Use:   "put GROUP",
		Short: "Replace a group, if it is as expected",
		Long: `Replace a group, if it is as expected; or make one, if it is expected not to be
there. The group becomes what is given here and nothing else.

Its generation stays the same or grows by one. Its state stays the same or moves
on: from empty, completing_rebalance or stable to preparing_rebalance; from there
to completing_rebalance or back to empty; from there to stable; from anywhere to
dead, which drops its offsets.

A file holds one JSON object, such as group get -o json prints, to change and put
back. It alone can give members a client, opaque metadata and assignments
(base64).`,
		Example: `  metalog group put billing
  metalog group put billing --expected-generation 0 --generation 1 \
      --state preparing_rebalance --member c1=orders,payments --member c2 --instance c1=pod-1
  metalog group get billing -o json > billing.json
  metalog group put billing --from-file billing.json --expected-generation 1`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			spec, err := c.groupSpec(cmd, given[0], f)
			if err != nil {
				return err
			}
			o := &outcome{Kind: "group", Name: spec.ID, Result: "put"}
			return c.write(cmd.Context(), f.writeFlags, o,
				func(ctx context.Context, n node, opts ...metadata.WriteOption) (metadata.Written, error) {
					return n.PutGroup(ctx, spec, opts...)
				}, groupNext(spec.ID))
		},
	}
	f.addContent(cmd)
	f.add(cmd)
	return cmd
}

func (f *groupPut) addContent(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.Int32Var(&f.expectedGeneration, "expected-generation", metadata.NoGeneration, "refuse if it isn't the group's; -1: there is no such group")
	flags.StringVar(&f.expectedState, "expected-state", "", "refuse if it isn't the group's (default: whatever it is)")
	flags.Int32Var(&f.generation, "generation", 0, "the group's new one (default: the expected one, 0 for a new group)")
	flags.StringVar(&f.state, "state", metadata.GroupEmpty.String(), "empty, preparing_rebalance, completing_rebalance, stable or dead")
	flags.StringVar(&f.protocolType, "protocol-type", "", "such as consumer; none for a group that only has offsets")
	flags.StringVar(&f.protocol, "protocol", "", "the name of what the members agreed on, such as range")
	flags.StringVar(&f.leader, "leader", "", "the member that leads")
	flags.StringArrayVar(&f.members, "member", nil, "ID or ID=TOPIC,TOPIC of a member and what it subscribes to; may be repeated")
	flags.StringArrayVar(&f.instances, "instance", nil, "ID=INSTANCE of a static member; may be repeated")
	flags.StringVarP(&f.file, "from-file", "f", "", "a file with the group as JSON, - for stdin")
}

func (c *cli) groupSpec(cmd *cobra.Command, id string, f *groupPut) (spec metadata.GroupSpec, err error) {
	if f.file != "" {
		spec, err = c.groupFromFile(cmd, id, f.file)
	} else {
		spec, err = f.spec(cmd, id)
	}
	if err != nil {
		return spec, err
	}
	spec.ExpectedGeneration = f.expectedGeneration
	if f.expectedState != "" {
		if spec.ExpectedState, err = parseGroupState(f.expectedState); err != nil {
			return spec, usagef("--expected-state: %w", err)
		}
	}
	return spec, nil
}

func parseGroupState(text string) (metadata.GroupState, error) {
	return oneOf(text, metadata.GroupEmpty, metadata.GroupPreparingRebalance, metadata.GroupCompletingRebalance,
		metadata.GroupStable, metadata.GroupDead)
}

// spec is the group that the flags describe.
func (f *groupPut) spec(cmd *cobra.Command, id string) (metadata.GroupSpec, error) {
	state, err := parseGroupState(f.state)
	if err != nil {
		return metadata.GroupSpec{}, usagef("--state: %w", err)
	}
	spec := metadata.GroupSpec{
		ID: id, State: state, Generation: max(f.expectedGeneration, 0),
		ProtocolType: f.protocolType, ProtocolName: f.protocol, Leader: f.leader,
	}
	if cmd.Flags().Changed("generation") {
		spec.Generation = f.generation
	}
	spec.Members, err = parseMembers(f.members, f.instances)
	return spec, err
}

func parseMembers(texts, instances []string) (members []metadata.GroupMember, err error) {
	for _, text := range texts {
		id, topics, subscribed := strings.Cut(text, "=")
		m := metadata.GroupMember{ID: id}
		if subscribed && topics != "" {
			m.Topics = strings.Split(topics, ",")
		}
		members = append(members, m)
	}
	for _, text := range instances {
		id, instance, ok := strings.Cut(text, "=")
		m := memberOf(members, id)
		if !ok || m == nil {
			return nil, usagef("--instance %q isn't ID=INSTANCE of a --member", text)
		}
		m.InstanceID = instance
	}
	return members, nil
}

func memberOf(members []metadata.GroupMember, id string) *metadata.GroupMember {
	for i := range members {
		if members[i].ID == id {
			return &members[i]
		}
	}
	return nil
}

func (c *cli) groupFromFile(cmd *cobra.Command, id, path string) (metadata.GroupSpec, error) {
	for _, flag := range groupContentFlags {
		if cmd.Flags().Changed(flag) {
			return metadata.GroupSpec{}, usagef("--%s describes the group, as the file does: give one of them", flag)
		}
	}
	raw, err := c.readFile(path)
	if err != nil {
		return metadata.GroupSpec{}, err
	}
	var view groupView
	if err := parseJSON(raw, "a group", &view); err != nil {
		return metadata.GroupSpec{}, usagef("--from-file %s: %w", path, err)
	}
	if view.ID != "" && view.ID != id {
		return metadata.GroupSpec{}, usagef("--from-file %s: it is about group %q, not %q", path, view.ID, id)
	}
	state, err := parseGroupState(view.State)
	if err != nil {
		return metadata.GroupSpec{}, usagef("--from-file %s: state: %w", path, err)
	}
	spec := metadata.GroupSpec{
		ID: id, State: state, Generation: view.Generation,
		ProtocolType: view.ProtocolType, ProtocolName: view.Protocol, Leader: view.Leader,
	}
	for _, m := range view.Members {
		spec.Members = append(spec.Members, metadata.GroupMember{
			ID: m.ID, InstanceID: m.Instance, ClientID: m.ClientID, ClientHost: m.ClientHost,
			Topics: m.Topics, Metadata: m.Metadata, Assignment: m.Assignment,
		})
	}
	return spec, nil
}
