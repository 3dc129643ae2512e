package nodes

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/chronik-stream/metalog/sdk"
)

// Config says what a cluster is made of.
type Config struct {
	// Executable is metalog's; empty: the one that runs. It is started under the
	// name metalog, and calls Parent.
	Executable string
	// Args are more flags of `metalog server`, behind those that are set here.
	Args []string
	// Env is NAME=value beside the environment of this process, of which nodes see
	// no METALOG_ variables: their settings are in their flags.
	Env []string
	// Dir holds a directory for each node, under its name. If they are there already,
	// the cluster goes on with them.
	Dir string
	// Nodes is how many there are: n1, n2 and so on.
	Nodes int
	// ClusterID is that of new directories; empty: dev.
	ClusterID string
	// Backend is a built-in one's name or a plugin's path, as for --backend.
	Backend string
	// Identity is what that backend says it is. One that is replicated has its
	// directories made here; others make their own.
	Identity sdk.Identity
	// Options are the backend's own settings; nil: all defaults.
	Options json.RawMessage
	// BasePort gives node i, from 0 on, gRPC at BasePort+10*i on 127.0.0.1, HTTP one
	// above, where its peers dial two above and where it listens behind the links
	// three above. 0: loopback addresses that nobody else has.
	BasePort int
	// Output gets each line that a node's process prints; nil: nobody does. Calls for
	// one node come one after the other, for several at once; one that blocks blocks
	// the node. None comes after the process has ended.
	Output func(node, line string)
	// Ended is told of each process that has ended, and how, whatever the reason, before
	// any method says so; nil: nobody is. It must not wait for a method of the node.
	Ended func(node, how string)
	// Logger gets what the links refuse; nil: nobody does.
	Logger *slog.Logger
}

// The distance between two nodes' ports, and how many of them a node has.
const (
	portStep  = 10
	portsEach = 4
	mostPort  = 65535
)

// whole fills in defaults and refuses what can't be a cluster.
func (c Config) whole() (Config, error) {
	if c.Executable == "" {
		c.Executable = self()
	}
	if c.ClusterID == "" {
		c.ClusterID = "dev"
	}
	if c.Output == nil {
		c.Output = func(string, string) {}
	}
	if c.Ended == nil {
		c.Ended = func(string, string) {}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	dir, err := filepath.Abs(c.Dir)
	switch last := c.BasePort + portStep*(c.Nodes-1) + portsEach - 1; {
	case err != nil:
		return c, err
	case c.Dir == "":
		return c, errors.New("a cluster needs a directory for its nodes' data")
	case c.Nodes < 1:
		return c, fmt.Errorf("a cluster of %d nodes is none", c.Nodes)
	case c.Nodes > 1 && !c.replicated():
		return c, fmt.Errorf("backend %q isn't replicated: its cluster is one node", c.Backend)
	case c.BasePort < 0 || last > mostPort:
		return c, fmt.Errorf("%d nodes from port %d on need ports up to %d, and there are none above %d", c.Nodes, c.BasePort, last, mostPort)
	}
	c.Dir = dir
	return c, nil
}

func (c Config) replicated() bool { return c.Identity.Claims.Has(sdk.Replicated) }

func nameOf(i int) string { return fmt.Sprintf("n%d", i+1) }
