package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/chronik-stream/metalog/internal/certs"
)

func (c *cli) tlsCommand() *cobra.Command {
	return group("tls", "Certificates with which nodes prove to each other who they are", c.tlsInitCommand())
}

// tlsFlags are those of tls init.
type tlsFlags struct {
	dir          string
	nodes        []string
	days, caDays int
}

func (c *cli) tlsInitCommand() *cobra.Command {
	f := &tlsFlags{}
	cmd := &cobra.Command{
		Use:   "init --node NAME[=HOST,...]...",
		Short: "Make a CA, and a certificate for each node",
		Long: `Make a CA, and a certificate for each node, which is valid for the node's name and
for the hosts that are given: all names and addresses at which other nodes reach it.

Where there is a CA already, it issues the certificates that are missing, so that a
new node gets one. No file is overwritten: for a certificate to be made anew, move
the old one and its key away. Whoever has ca.key can make a node of the cluster:
keep it off the nodes.`,
		Example: `  metalog tls init --node n1=10.0.0.1 --node n2=10.0.0.2 --node n3=10.0.0.3,n3.example.org
  metalog tls init --dir certs --node n4=10.0.0.4`,
		Args: args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error { return c.initTLS(f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.dir, "dir", "certs", "where ca.crt, ca.key, NAME.crt and NAME.key are or will be")
	flags.StringArrayVar(&f.nodes, "node", nil, "a node's name and the hosts it is reached at (repeatable)")
	flags.IntVar(&f.days, "days", 365, "how long a new certificate is valid")
	flags.IntVar(&f.caDays, "ca-days", 3650, "how long a new CA is valid")
	return cmd
}

const maxDays = 36500

// parse checks the flags and says which nodes they name.
func (f *tlsFlags) parse() ([]certs.Node, error) {
	switch {
	case f.dir == "":
		return nil, usagef("--dir is empty: it says where the certificates are kept")
	case len(f.nodes) == 0:
		return nil, usagef("--node is missing: NAME=HOST,... of each node that needs a certificate")
	case f.days < 1 || f.days > maxDays:
		return nil, usagef("--days is 1 to %d", maxDays)
	case f.caDays < 1 || f.caDays > maxDays:
		return nil, usagef("--ca-days is 1 to %d", maxDays)
	}
	var nodes []certs.Node
	seen := map[string]bool{}
	for _, text := range f.nodes {
		n, err := parseTLSNode(text)
		if err != nil {
			return nil, usagef("--node %s: %w", text, err)
		}
		folded := strings.ToLower(n.Name) // some file systems don't tell N1 from n1
		if seen[folded] {
			return nil, usagef("--node %s: %s is named twice; give all its hosts at once: NAME=HOST,HOST", text, n.Name)
		}
		seen[folded] = true
		nodes = append(nodes, n)
	}
	return nodes, nil
}

func parseTLSNode(text string) (certs.Node, error) {
	name, hosts, given := strings.Cut(text, "=")
	n := certs.Node{Name: name}
	if given {
		n.Hosts = strings.Split(hosts, ",")
	}
	return n, n.Check()
}
