package main

import (
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/chronik-stream/metalog/conformance"
)

// caseView is a case of the conformance suite as it is printed.
type caseView struct {
	ID      string   `json:"id"`
	Family  string   `json:"family"`
	Profile string   `json:"profile"`
	Rule    string   `json:"rule"`
	Title   string   `json:"title"`
	Promise string   `json:"promise"`
	Claims  []string `json:"claims"`
	Needs   []string `json:"needs"`
	Nodes   int      `json:"nodes"`
}

func viewCase(c conformance.Case) caseView {
	view := caseView{
		ID: c.ID, Family: c.Family(), Profile: string(c.Profile), Rule: c.Rule, Title: c.Title, Promise: c.Promise,
		Claims: []string{}, Needs: []string{}, Nodes: c.NodeCount(),
	}
	for _, claim := range c.Claims {
		view.Claims = append(view.Claims, string(claim))
	}
	for _, need := range c.Needs {
		view.Needs = append(view.Needs, string(need))
	}
	return view
}

func (c *cli) pluginCasesCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "cases",
		Short: "List what the conformance suite asks, in the order in which it asks",
		Args:  args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			var views []caseView
			for _, known := range conformance.Cases() {
				views = append(views, viewCase(known))
			}
			return c.show(views, func() {
				rows := make([]table.Row, 0, len(views))
				for _, v := range views {
					rows = append(rows, table.Row{v.ID, v.Profile, v.Rule, v.Title})
				}
				c.table(table.Row{"ID", "PROFILE", "RULE", "TITLE"}, rows)
			})
		},
	}
}
