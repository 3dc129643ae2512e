package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/chronik-stream/metalog/sdk"
)

func (c *cli) configCommand() *cobra.Command {
	return group("config", "Check and show a node's own configuration",
		c.configValidateCommand(), c.configShowCommand())
}

func (c *cli) configValidateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "validate",
		Short: "Check what a server started like this would be told, and that its backend is one",
		Args:  args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := loadSettings(cmd.Flags())
			if err != nil {
				return err
			}
			info, err := describeConfigured(cmd.Context(), l)
			if err != nil {
				return err
			}
			c.line("valid: backend %s %s", info.Name, info.Version)
			return nil
		},
	}
	settingFlags(cmd.Flags())
	return cmd
}

// settingView is one setting as it is printed.
type settingView struct {
	Key    string `json:"key"`
	Value  any    `json:"value"`
	Origin string `json:"origin,omitempty"`
}

func (c *cli) configShowCommand() *cobra.Command {
	var origin bool
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Show what a server started like this would be told",
		Args:  args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := loadSettings(cmd.Flags())
			if err != nil {
				return err
			}
			return c.showSettings(l, origin)
		},
	}
	cmd.Flags().BoolVar(&origin, "origin", false, "and where each setting comes from")
	settingFlags(cmd.Flags())
	return cmd
}

func (c *cli) showSettings(l *loaded, origin bool) error {
	views := make([]settingView, 0, len(settings))
	rows := make([]table.Row, 0, len(settings))
	header := table.Row{"KEY", "VALUE"}
	if origin {
		header = append(header, "ORIGIN")
	}
	for _, s := range settings {
		view := settingView{Key: s.key, Value: l.value(s)}
		row := table.Row{s.key, settingText(view.Value)}
		if origin {
			view.Origin = l.origin[s.key]
			row = append(row, view.Origin)
		}
		views, rows = append(views, view), append(rows, row)
	}
	return c.show(views, func() { c.table(header, rows) })
}

func (l *loaded) value(s setting) any {
	switch s.kind {
	case kindDuration:
		return l.values.Duration(s.key).String()
	case kindJSON:
		return l.config.Backend.Options
	default:
		return l.values.Get(s.key)
	}
}

func settingText(value any) string {
	options, ok := value.(map[string]any)
	if !ok {
		return fmt.Sprint(value)
	}
	raw, err := json.Marshal(options)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

// describeConfigured starts the configured backend just far enough to say what
// it is: nothing is opened.
func describeConfigured(ctx context.Context, l *loaded) (sdk.Info, error) {
	plugin, err := l.plugin(slog.New(slog.DiscardHandler))
	if err != nil {
		return sdk.Info{}, err
	}
	info, err := plugin.Describe(ctx)
	if err != nil {
		return sdk.Info{}, &failure{code: exitError, err: fmt.Errorf("%s: %w", l.where("backend.name"), err)}
	}
	return info, nil
}
