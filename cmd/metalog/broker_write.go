package main

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/chronik-stream/metalog/metadata"
)

func (c *cli) brokerRegisterCommand() *cobra.Command {
	var flags writeFlags
	var incarnation, rack string
	var endpoints []string
	cmd := &cobra.Command{
		Use:   "register ID --endpoint NAME=HOST:PORT",
		Short: "Register a broker; a new incarnation starts fenced",
		Long: `Register one start of a broker's process. A new incarnation starts fenced; one
that is registered already has its endpoints and rack amended.`,
		Example: "  metalog broker register 1 --endpoint PLAINTEXT=10.0.0.1:9092 --rack a",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			spec, err := brokerSpec(given[0], incarnation, rack, endpoints)
			if err != nil {
				return err
			}
			if flags.requestID != "" && incarnation == "" {
				return usagef("--request-id needs the --incarnation of the attempt it repeats")
			}
			o := &outcome{
				Kind: "broker", Name: given[0], Result: "registered", ID: spec.Incarnation.String(),
				repeat: " --incarnation " + spec.Incarnation.String(),
			}
			return c.write(cmd.Context(), flags, o,
				func(ctx context.Context, n node, opts ...metadata.WriteOption) (metadata.Written, error) {
					registered, err := n.RegisterBroker(ctx, spec, opts...)
					o.Epoch = registered.Epoch
					return registered.Written, err
				}, nil)
		},
	}
	cmd.Flags().StringVar(&incarnation, "incarnation", "", "a UUID, one for each start of the broker (default: a new one)")
	cmd.Flags().StringVar(&rack, "rack", "", "where it stands")
	cmd.Flags().StringArrayVar(&endpoints, "endpoint", nil, "NAME=HOST:PORT or NAME=HOST:PORT/PROTOCOL; may be repeated")
	required(cmd, "endpoint")
	flags.add(cmd)
	return cmd
}

func brokerSpec(id, incarnation, rack string, endpoints []string) (spec metadata.BrokerSpec, err error) {
	if spec.ID, err = parseBroker(id); err != nil {
		return spec, err
	}
	spec.Rack, spec.Incarnation = rack, metadata.Incarnation(uuid.New())
	if incarnation != "" {
		if spec.Incarnation, err = metadata.ParseIncarnation(incarnation); err != nil {
			return spec, usagef("--incarnation: %w", err)
		}
	}
	for _, text := range endpoints {
		endpoint, err := parseEndpoint(text)
		if err != nil {
			return spec, usagef("--endpoint: %w", err)
		}
		spec.Endpoints = append(spec.Endpoints, endpoint)
	}
	return spec, nil
}

// parseEndpoint reads NAME=HOST:PORT/PROTOCOL. Without a protocol the name is
// taken for one, as Kafka does.
func parseEndpoint(text string) (metadata.Endpoint, error) {
	name, rest, ok := strings.Cut(text, "=")
	address, protocol, named := strings.Cut(rest, "/")
	if !named {
		protocol = name
	}
	host, portText, err := net.SplitHostPort(address)
	port, portErr := strconv.ParseInt(portText, 10, 32)
	if !ok || err != nil || portErr != nil {
		return metadata.Endpoint{}, fmt.Errorf("%q isn't NAME=HOST:PORT", text)
	}
	return metadata.Endpoint{Name: name, Host: host, Port: int32(port), SecurityProtocol: protocol}, nil
}

func (c *cli) brokerStateCommand(verb, short string, state metadata.BrokerState) *cobra.Command {
	var flags writeFlags
	var epoch int64
	cmd := &cobra.Command{
		Use: verb + " ID", Short: short, Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			id, err := parseBroker(given[0])
			if err != nil {
				return err
			}
			o := &outcome{Kind: "broker", Name: given[0], Result: state.String()}
			return c.write(cmd.Context(), flags, o,
				func(ctx context.Context, n node, opts ...metadata.WriteOption) (metadata.Written, error) {
					if err := observeEpoch(ctx, cmd, n, id, &epoch); err != nil {
						return metadata.Written{}, err
					}
					o.Epoch, o.repeat = epoch, fmt.Sprintf(" --epoch %d", epoch)
					return n.SetBrokerState(ctx, metadata.BrokerStateSpec{ID: id, Epoch: epoch, State: state}, opts...)
				}, brokerNext)
		},
	}
	cmd.Flags().Int64Var(&epoch, "epoch", 0, "of the registration meant (default: the one there is)")
	flags.add(cmd)
	return cmd
}

// observeEpoch looks up the epoch of a broker whose caller named none, once:
// every attempt of a write has to be the same write.
func observeEpoch(ctx context.Context, cmd *cobra.Command, n node, id int32, epoch *int64) error {
	if cmd.Flags().Changed("epoch") || *epoch != 0 {
		return nil
	}
	read, err := n.Broker(ctx, id)
	if err != nil {
		return err
	}
	*epoch = read.Value.Epoch
	return nil
}

func (c *cli) brokerUnregisterCommand() *cobra.Command {
	var flags writeFlags
	var epoch int64
	cmd := &cobra.Command{
		Use: "unregister ID", Short: "Remove a broker", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			id, err := parseBroker(given[0])
			if err != nil {
				return err
			}
			spec := metadata.UnregisterSpec{ID: id}
			if cmd.Flags().Changed("epoch") {
				spec.Epoch = &epoch
			}
			o := &outcome{Kind: "broker", Name: given[0], Result: "unregistered"}
			return c.write(cmd.Context(), flags, o,
				func(ctx context.Context, n node, opts ...metadata.WriteOption) (metadata.Written, error) {
					return n.UnregisterBroker(ctx, spec, opts...)
				}, brokerNext)
		},
	}
	cmd.Flags().Int64Var(&epoch, "epoch", 0, "of the registration meant (default: whatever it is)")
	flags.add(cmd)
	return cmd
}
