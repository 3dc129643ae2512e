package main

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/chronik-stream/metalog/metadata"
)

const resourceHelp = `RESOURCE is topic/NAME, broker/ID, group/NAME or cluster.`

func (c *cli) configsCommand() *cobra.Command {
	cmd := group("configs", "Read and change the configuration of topics, brokers, groups and the cluster",
		c.configsGetCommand(),
		c.configsChangeCommand("set", "KEY=VALUE", metadata.ConfigSet),
		c.configsChangeCommand("delete", "KEY", metadata.ConfigDelete),
		c.configsChangeCommand("append", "KEY=VALUE", metadata.ConfigAppend),
		c.configsChangeCommand("subtract", "KEY=VALUE", metadata.ConfigSubtract))
	cmd.Long = cmd.Short + ".\n\n" + resourceHelp
	return cmd
}

// configsView is one resource's configuration as it is printed.
type configsView struct {
	Resource string            `json:"resource"`
	Configs  map[string]string `json:"configs"`
	Revision uint64            `json:"revision"`
	Stale    bool              `json:"stale,omitempty"`
}

func (c *cli) configsGetCommand() *cobra.Command {
	var flags readFlags
	cmd := &cobra.Command{
		Use: "get RESOURCE", Short: "Show what was set", Long: "Show what was set.\n\n" + resourceHelp,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			resource, err := parseResource(given[0])
			if err != nil {
				return err
			}
			return read(cmd.Context(), c, flags,
				func(ctx context.Context, n node, opts ...metadata.ReadOption) (metadata.Read[metadata.Configs], error) {
					return n.Configs(ctx, resource, opts...)
				}, nil,
				func(_ context.Context, _ node, found metadata.Read[metadata.Configs]) error {
					return c.showConfigs(resource, found)
				})
		},
	}
	flags.add(cmd)
	return cmd
}

func (c *cli) showConfigs(resource metadata.Resource, found metadata.Read[metadata.Configs]) error {
	view := configsView{
		Resource: resourceText(resource), Configs: viewConfigs(found.Value), Revision: found.Revision, Stale: found.Stale,
	}
	return c.show(view, func() {
		rows := make([]table.Row, 0, len(found.Value))
		for _, config := range found.Value {
			rows = append(rows, table.Row{config.Key, config.Value})
		}
		c.table(table.Row{"KEY", "VALUE"}, rows)
		c.note("%d set for %s at revision %d", len(rows), view.Resource, found.Revision)
	})
}

func (c *cli) configsChangeCommand(verb, argument string, kind metadata.ConfigOpKind) *cobra.Command {
	var flags writeFlags
	cmd := &cobra.Command{
		Use:   verb + " RESOURCE " + argument + "...",
		Short: configVerbs[kind],
		Long:  configVerbs[kind] + ". All of them, or none.\n\n" + resourceHelp,
		Args:  args(cobra.MinimumNArgs(2)),
		RunE: func(cmd *cobra.Command, given []string) error {
			resource, err := parseResource(given[0])
			if err != nil {
				return err
			}
			ops, err := parseConfigOps(kind, given[1:])
			if err != nil {
				return err
			}
			return c.changeConfigs(cmd.Context(), flags, metadata.ConfigSpec{Resource: resource, Ops: ops})
		},
	}
	flags.add(cmd)
	return cmd
}

var configVerbs = map[metadata.ConfigOpKind]string{
	metadata.ConfigSet:      "Set keys",
	metadata.ConfigDelete:   "Delete keys",
	metadata.ConfigAppend:   "Append to keys whose values are lists",
	metadata.ConfigSubtract: "Take away from keys whose values are lists",
}

// configFlags are the changes of topic update.
type configFlags struct {
	writeFlags
	changes [4][]string // by the place of their kind in configFlagKinds
	replace bool
}

var configFlagKinds = [4]metadata.ConfigOpKind{
	metadata.ConfigSet, metadata.ConfigDelete, metadata.ConfigAppend, metadata.ConfigSubtract,
}

func (f *configFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&f.changes[0], "set", nil, "KEY=VALUE; may be repeated")
	flags.StringArrayVar(&f.changes[1], "delete", nil, "KEY; may be repeated")
	flags.StringArrayVar(&f.changes[2], "append", nil, "KEY=VALUE to add to a list; may be repeated")
	flags.StringArrayVar(&f.changes[3], "subtract", nil, "KEY=VALUE to take from a list; may be repeated")
	flags.BoolVar(&f.replace, "replace", false, "also delete every key that isn't named")
	f.writeFlags.add(cmd)
}

func (c *cli) alterConfigs(ctx context.Context, f *configFlags, resource metadata.Resource) error {
	spec := metadata.ConfigSpec{Resource: resource, Replace: f.replace}
	for i, kind := range configFlagKinds {
		ops, err := parseConfigOps(kind, f.changes[i])
		if err != nil {
			return err
		}
		spec.Ops = append(spec.Ops, ops...)
	}
	if len(spec.Ops) == 0 && !spec.Replace {
		return usagef("nothing to change: give --set, --delete, --append or --subtract")
	}
	return c.changeConfigs(ctx, f.writeFlags, spec)
}

func (c *cli) changeConfigs(ctx context.Context, flags writeFlags, spec metadata.ConfigSpec) error {
	o := &outcome{Kind: spec.Resource.Type.String(), Name: spec.Resource.Name, Result: "updated"}
	return c.write(ctx, flags, o,
		func(ctx context.Context, n node, opts ...metadata.WriteOption) (metadata.Written, error) {
			return n.AlterConfigs(ctx, spec, opts...)
		}, missingResourceNext(spec.Resource.Type))
}

func missingResourceNext(kind metadata.ResourceType) func(error) string {
	return func(err error) string {
		if !errors.Is(err, metadata.ErrNotFound) {
			return ""
		}
		return "To see what there is: metalog " + kind.String() + " list"
	}
}

func parseConfigOps(kind metadata.ConfigOpKind, texts []string) ([]metadata.ConfigOp, error) {
	var ops []metadata.ConfigOp
	for _, text := range texts {
		if kind == metadata.ConfigDelete {
			ops = append(ops, metadata.ConfigOp{Kind: kind, Key: text})
			continue
		}
		key, value, ok := strings.Cut(text, "=")
		if !ok {
			return nil, usagef("%q isn't KEY=VALUE", text)
		}
		ops = append(ops, metadata.ConfigOp{Kind: kind, Key: key, Value: &value})
	}
	return ops, nil
}

func parseResource(text string) (metadata.Resource, error) {
	kind, name, named := strings.Cut(text, "/")
	switch {
	case text == "cluster":
		return metadata.Resource{Type: metadata.ResourceCluster}, nil
	case !named || name == "":
	case kind == "topic":
		return metadata.Resource{Type: metadata.ResourceTopic, Name: name}, nil
	case kind == "group":
		return metadata.Resource{Type: metadata.ResourceGroup, Name: name}, nil
	case kind == "broker":
		if _, err := strconv.ParseInt(name, 10, 32); err != nil {
			return metadata.Resource{}, usagef("%q isn't a broker's id", name)
		}
		return metadata.Resource{Type: metadata.ResourceBroker, Name: name}, nil
	}
	return metadata.Resource{}, usagef("%q isn't a resource. %s", text, resourceHelp)
}

func resourceText(r metadata.Resource) string {
	if r.Type == metadata.ResourceCluster {
		return "cluster"
	}
	return r.Type.String() + "/" + r.Name
}
