package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/host/launch"
	"github.com/chronik-stream/metalog/sdk"
)

// targetSettings are those of a node's settings that are needed to make it, and what
// they are here. The node is started with the same ones.
var targetSettings = []struct{ key, help string }{
	{"backend.name", "the new node's backend: a built-in one, or the path of a plugin (./mine)"},
	{"data_dir", "the new node's data directory; it must be empty, or not there"},
	{"node_id", "the new node's name"},
	{"backend.sha256", "refuse to start a plugin with another checksum"},
	{"backend.options", "the new backend's own settings, as JSON"},
	{"listen.peer", "where the new node's backend listens for other nodes, if that isn't --address"},
}

// targetNeeds can't be left to a default: what is made here is for good.
var targetNeeds = []string{"backend.name", "data_dir", "node_id"}

// targetFlags are how a command is told which node to make.
type targetFlags struct {
	given    *pflag.FlagSet
	called   map[string]string // what a setting's flag is called here, if not as for a server
	address  string
	cluster  string
	progress progressMode
}

func (f *targetFlags) add(cmd *cobra.Command, called map[string]string, cluster string) {
	f.given, f.called, f.progress = cmd.Flags(), called, progressAuto
	for _, t := range targetSettings {
		s, _ := settingOf(t.key)
		f.given.String(f.name(s), "", t.help)
	}
	f.given.String("config", "", "a YAML file of the new node's settings, as metalog server takes it")
	f.given.StringVar(&f.cluster, "cluster-id", "", cluster)
	f.given.StringVar(&f.address, "address", "", "HOST:PORT where other nodes will reach the new one's peer port, if its backend replicates")
	progressFlag(cmd, &f.progress)
}

func (f *targetFlags) name(s setting) string {
	if name, ok := f.called[s.flag]; ok {
		return name
	}
	return s.flag
}

// load puts the new node's settings together as a server would.
func (f *targetFlags) load() (*loaded, error) {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	settingFlags(flags)
	pass := map[string]string{"config": "config"}
	for _, t := range targetSettings {
		s, _ := settingOf(t.key)
		pass[f.name(s)] = s.flag
	}
	for here, there := range pass {
		if given := f.given.Lookup(here); given.Changed && given.Value.String() != "" {
			if err := flags.Set(there, given.Value.String()); err != nil {
				return nil, usagef("--%s: %w", here, err)
			}
		}
	}
	l, err := loadSettings(flags)
	if err != nil {
		return nil, err
	}
	for _, key := range targetNeeds {
		if s, _ := settingOf(key); l.origin[key] == "default" {
			return nil, usagef("--%s is missing. See --help", f.name(s))
		}
	}
	return l, nil
}

// target is a node that is to be made with a state that comes from elsewhere.
type target struct {
	plugin   launch.Plugin
	identity sdk.Identity
	options  json.RawMessage
	listen   string
	start    string     // the command that starts it
	config   sdk.Config // of its directory; ClusterID may be empty
}

// target finds out what the node will be, and that its directory may be made. Nothing
// is made yet.
func (c *cli) target(ctx context.Context, f *targetFlags) (*target, error) {
	l, err := f.load()
	if err != nil {
		return nil, err
	}
	t := &target{listen: l.config.Listen.Peer, config: sdk.Config{
		NodeID: l.config.NodeID, ClusterID: f.cluster, Start: sdk.StartNew, Address: f.address,
	}}
	if t.config.DataDir, err = filepath.Abs(l.config.DataDir); err != nil {
		return nil, err
	}
	if t.plugin, err = pluginOf(l.config.Backend.Name); err != nil {
		s, _ := settingOf("backend.name")
		return nil, usagef("--%s: %w", f.name(s), err)
	}
	t.plugin.SHA256 = l.config.Backend.SHA256
	if t.options, err = l.config.Backend.optionsJSON(); err != nil {
		return nil, err
	}
	if t.identity, err = c.identify(ctx, t.plugin); err != nil {
		return nil, err
	}
	if !t.identity.Claims.Has(sdk.Durable) {
		return nil, usagef("backend %s doesn't claim to keep anything: what were moved to it would be gone when this command ends", t.identity.Plugin)
	}
	if err := f.checkAddress(t); err != nil {
		return nil, err
	}
	t.start = f.startCommand(l, t)
	if err := sdk.Vacant(t.config.DataDir); err != nil {
		return nil, &failure{
			code: exitError, err: err,
			next: "If an interrupted migration or restore left it (metalog server on it refuses to start, or metalog status shows an import), remove it and repeat",
		}
	}
	return t, nil
}

func (f *targetFlags) checkAddress(t *target) error {
	switch replicated := t.identity.Claims.Has(sdk.Replicated); {
	case replicated && f.address == "":
		return usagef("--address is missing: HOST:PORT where other nodes will reach %s, since backend %s replicates", t.config.NodeID, t.identity.Plugin)
	case !replicated && f.address != "":
		return usagef("--address is for a backend that replicates: leave it out, nobody joins a node on %s", t.identity.Plugin)
	case replicated:
		if err := checkDialable(t.config.NodeID, f.address); err != nil {
			return usagef("--address: %w", err)
		}
	}
	return nil
}

// startCommand starts the node with what it is made with.
func (f *targetFlags) startCommand(l *loaded, t *target) string {
	words := []string{
		"metalog server", "--backend", l.config.Backend.Name, "--node-id", t.config.NodeID, "--data-dir", l.config.DataDir,
	}
	for _, flag := range []string{"config", "backend-sha256", "backend-options", "listen-peer"} {
		if given := f.given.Lookup(flag); given.Changed {
			words = append(words, "--"+flag, shellWord(given.Value.String()))
		}
	}
	return strings.Join(words, " ")
}

// shellWord quotes what a shell would take apart.
func shellWord(text string) string {
	if text != "" && !slices.ContainsFunc([]rune(text), func(r rune) bool { return strings.ContainsRune(" \t\n'\"\\$`{}[]*?<>|&;()!#~", r) }) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// where is the target as a person finds it.
func (t *target) where() string {
	return fmt.Sprintf("node %s on %s, in %s", t.config.NodeID, t.identity.Plugin, t.config.DataDir)
}

// host is how the node is opened to take its state.
func (t *target) host() host.Config {
	return host.Config{
		ClusterID: t.config.ClusterID, NodeID: t.config.NodeID, DataDir: t.config.DataDir,
		Backend: t.plugin.Open, Options: t.options, Listen: t.listen,
	}
}
