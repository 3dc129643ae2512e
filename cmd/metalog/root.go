package main

import (
	"context"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
)

// defaultAddr is where a node listens that was told nothing else.
const defaultAddr = "127.0.0.1:7400"

// cli is one run of the program: its streams, and what the global flags say.
type cli struct {
	in     io.Reader
	out    io.Writer // data only
	err    io.Writer // progress, hints, errors
	addr   string
	format format
	wait   time.Duration // for one answer, retries included
}

// run is the whole program but for the process around it, so that a test can
// start it. It returns the exit code.
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	c := &cli{in: in, out: out, err: errOut, format: formatTable}
	root := c.rootCommand()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	return c.report(root.ExecuteContext(ctx))
}

func (c *cli) rootCommand() *cobra.Command {
	root := group("metalog", "The metadata of a Kafka-like streaming system, over any consensus engine",
		c.serverCommand(),
		c.devCommand(),
		c.benchCommand(),
		c.initCommand(),
		c.statusCommand(),
		c.memberCommand(),
		c.leaderCommand(),
		c.topicCommand(),
		c.partitionCommand(),
		c.brokerCommand(),
		c.configsCommand(),
		c.groupCommand(),
		c.offsetCommand(),
		c.txnCommand(),
		c.producerCommand(),
		c.segmentCommand(),
		c.batchCommand(),
		c.watchCommand(),
		c.outcomeCommand(),
		c.featureCommand(),
		c.clockCommand(),
		c.snapshotCommand(),
		c.backendCommand(),
		c.pluginCommand(),
		c.tlsCommand(),
		c.logCommand(),
		c.configCommand(),
		c.versionCommand(),
	)
	root.Long = root.Short + ".\n\n" +
		"Data goes to stdout, everything else to stderr.\n\n" + exitCodesHelp
	root.SilenceErrors = true
	root.SilenceUsage = true
	root.SetFlagErrorFunc(flagError)
	root.SetHelpCommand(&cobra.Command{Hidden: true, Use: "no-help"})

	flags := root.PersistentFlags()
	flags.StringVar(&c.addr, "addr", envOr("METALOG_ADDR", defaultAddr), "the node to talk to (METALOG_ADDR)")
	flags.VarP(&c.format, "output", "o", "table, json or yaml")
	flags.DurationVar(&c.wait, "timeout", 10*time.Second, "how long an answer may take, retries included")
	return root
}

func envOr(name, otherwise string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return otherwise
}

// group is a command that only holds others: alone it prints its help, and a
// sub-command it doesn't know is the caller's mistake.
func group(use, short string, children ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use:   use,
		Short: short,
		Args:  knownCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(children...)
	return cmd
}

// args makes a wrong number of arguments a usage error.
func args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, given []string) error {
		err := check(cmd, given)
		switch {
		case err == nil:
			return nil
		case len(given) > 0 && check(cmd, nil) == nil && check(cmd, given[:1]) != nil:
			return usagef("%q is too much: %s takes flags only. See: %s --help", given[0], cmd.CommandPath(), cmd.CommandPath())
		default:
			return usagef("%w. Usage: %s", err, cmd.UseLine())
		}
	}
}
