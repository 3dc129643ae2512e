package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/chronik-stream/metalog/metadata"
)

func (c *cli) brokerCommand() *cobra.Command {
	return group("broker", "Register, read, fence and unregister brokers",
		c.brokerRegisterCommand(), c.brokerListCommand(), c.brokerGetCommand(),
		c.brokerStateCommand("fence", "Let a broker lead nothing and be in sync with nothing", metadata.BrokerFenced),
		c.brokerStateCommand("unfence", "Let a broker lead and be in sync", metadata.BrokerUnfenced),
		c.brokerStateCommand("shutdown", "Take the leaderships from a broker that is about to stop", metadata.BrokerControlledShutdown),
		c.brokerUnregisterCommand())
}

// brokerView is a broker as it is printed.
type brokerView struct {
	ID               int32          `json:"id"`
	State            string         `json:"state"`
	Epoch            int64          `json:"epoch"`
	Incarnation      string         `json:"incarnation"`
	Rack             string         `json:"rack"`
	Endpoints        []endpointView `json:"endpoints"`
	Registered       string         `json:"registered"`
	Updated          string         `json:"updated"`
	CreatedRevision  uint64         `json:"created_revision"`
	ModifiedRevision uint64         `json:"modified_revision"`
	Stale            bool           `json:"stale,omitempty"`
}

type endpointView struct {
	Name             string `json:"name"`
	Host             string `json:"host"`
	Port             int32  `json:"port"`
	SecurityProtocol string `json:"security_protocol"`
}

func viewBroker(b *metadata.Broker, stale bool) brokerView {
	view := brokerView{
		ID: b.ID, State: b.State.String(), Epoch: b.Epoch, Incarnation: b.Incarnation.String(), Rack: b.Rack,
		Endpoints: []endpointView{}, Registered: clock(b.RegisteredMS), Updated: clock(b.UpdatedMS),
		CreatedRevision: b.CreatedRevision, ModifiedRevision: b.ModifiedRevision, Stale: stale,
	}
	for _, e := range b.Endpoints {
		view.Endpoints = append(view.Endpoints, endpointView(e))
	}
	return view
}

func (e endpointView) String() string {
	return fmt.Sprintf("%s=%s:%d", e.Name, e.Host, e.Port)
}

func (c *cli) brokerListCommand() *cobra.Command {
	return listCommand(c, "Show all brokers, by id", node.Brokers,
		func(_ context.Context, _ node, found metadata.Read[[]*metadata.Broker]) error {
			views := make([]brokerView, 0, len(found.Value))
			for _, b := range found.Value {
				views = append(views, viewBroker(b, found.Stale))
			}
			return c.show(views, func() {
				c.showBrokers(views)
				c.note("%d brokers at revision %d", len(views), found.Revision)
			})
		})
}

func (c *cli) brokerGetCommand() *cobra.Command {
	var flags readFlags
	cmd := &cobra.Command{
		Use: "get ID", Short: "Show one broker", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			id, err := parseBroker(given[0])
			if err != nil {
				return err
			}
			return read(cmd.Context(), c, flags,
				func(ctx context.Context, n node, opts ...metadata.ReadOption) (metadata.Read[*metadata.Broker], error) {
					return n.Broker(ctx, id, opts...)
				}, brokerNext,
				func(_ context.Context, _ node, found metadata.Read[*metadata.Broker]) error {
					view := viewBroker(found.Value, found.Stale)
					return c.show(view, func() { c.showBrokers([]brokerView{view}) })
				})
		},
	}
	flags.add(cmd)
	return cmd
}

func (c *cli) showBrokers(views []brokerView) {
	rows := make([]table.Row, 0, len(views))
	for _, v := range views {
		var endpoints []string
		for _, e := range v.Endpoints {
			endpoints = append(endpoints, e.String())
		}
		rows = append(rows, table.Row{v.ID, v.State, v.Epoch, v.Rack, strings.Join(endpoints, " "), v.Incarnation})
	}
	c.table(table.Row{"ID", "STATE", "EPOCH", "RACK", "ENDPOINTS", "INCARNATION"}, rows)
}

func parseBroker(text string) (int32, error) {
	id, err := strconv.ParseInt(text, 10, 32)
	if err != nil || id < 0 {
		return 0, usagef("%q isn't a broker's id", text)
	}
	return int32(id), nil
}

func brokerNext(err error) string {
	if errors.Is(err, metadata.ErrNotFound) || errors.Is(err, metadata.ErrFenced) {
		return "To see what there is: metalog broker list"
	}
	return ""
}
