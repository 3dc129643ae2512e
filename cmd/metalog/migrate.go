package main

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

// migrateFlags say what is moved where.
type migrateFlags struct {
	target  targetFlags
	from    string
	toAddr  string
	abort   bool
	backend string // of a stopped node
	options string
}

func (c *cli) backendMigrateCommand() *cobra.Command {
	var f migrateFlags
	cmd := &cobra.Command{
		Use:   "migrate --from ADDR|DIR|FILE --to NAME --out DIR --node-id NODE",
		Short: "Move a cluster's state to another backend",
		Long: `Move a cluster's state to another backend: revisions, digest, and the answers by
which requests are recognized stay the same. What is made is one stopped node, on which
everything was verified; it is started, and others join it.

--from is

  the address of a running node: the cluster is sealed first, so that it takes no write
  any more, on any node. It keeps its data and goes on with reads.
  the data directory of a stopped node that was alone: it is sealed, too.
  a snapshot's file: as metalog snapshot restore, and nothing is sealed.

Killed or failed at any moment, the source has all it had. Remove the half-made
directory and repeat; or lift the seal with --abort, if the new cluster isn't to serve.

Exit code: 5 if the source is sealed and its state has moved elsewhere; with --abort, if
that is where it serves.`,
		Example: `  metalog backend migrate --from 127.0.0.1:7400 --to hashiraft --out /var/lib/metalog-raft \
    --node-id n1 --address 10.0.0.1:7402
  metalog backend migrate --abort --from 127.0.0.1:7400`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.migrate(cmd, &f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.from, "from", "", "what to move: a running node's HOST:PORT, a stopped node's data directory, or a snapshot")
	f.target.add(cmd, map[string]string{"backend": "to", "data-dir": "out"}, "the new cluster's id (default: the source's; of a snapshot: a new one)")
	flags.StringVar(&f.toAddr, "to-addr", "", "where the new cluster will be reached, to be told to whoever still writes to the old one (default: the directory)")
	flags.StringVar(&f.backend, "from-backend", "", "the path of the plugin that wrote the stopped node's directory, if it isn't a built-in one")
	flags.StringVar(&f.options, "from-options", "", "the settings of the stopped node's backend, as JSON")
	flags.BoolVar(&f.abort, "abort", false, "move nothing, lift the seal of --from")
	required(cmd, "from")
	return cmd
}

func (c *cli) migrate(cmd *cobra.Command, f *migrateFlags) error {
	if cmd.Flags().Changed("addr") {
		return usagef("--addr is the node to talk to: here that is --from")
	}
	kind, err := f.kind()
	if err != nil {
		return err
	}
	if kind == fromAddress {
		c.addr = f.from
	}
	if f.abort {
		return c.abortMigration(cmd, f, kind)
	}
	if kind == fromFile {
		return c.restore(cmd, f.from, &f.target)
	}
	return c.migrateCluster(cmd, f, kind)
}

// fromKind is what --from is.
type fromKind uint8

const (
	fromAddress fromKind = iota + 1
	fromDirectory
	fromFile
)

// kind tells an address from a path. What could be both is a path if it is there.
func (f *migrateFlags) kind() (fromKind, error) {
	info, err := os.Stat(f.from)
	switch {
	case err == nil && info.IsDir():
		return fromDirectory, nil
	case err == nil:
		return fromFile, nil
	case !errors.Is(err, fs.ErrNotExist):
		return 0, usagef("--from: %w", err)
	}
	if _, _, err := net.SplitHostPort(f.from); err == nil && !strings.ContainsRune(f.from, '/') {
		return fromAddress, nil
	}
	return 0, usagef("--from: there is no file or directory %q, and it isn't HOST:PORT", f.from)
}
