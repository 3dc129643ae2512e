package plugin

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	goplugin "github.com/hashicorp/go-plugin"
	"golang.org/x/sys/unix"

	"github.com/chronik-stream/metalog/sdk"
)

// Exit codes of a plugin that is run by hand.
const (
	exitOK    = 0
	exitError = 1
	exitUsage = 2
)

// command is a plugin that was not started by a host.
type command struct {
	spec           Spec
	stdin          io.Reader
	stdout, stderr io.Writer
}

func (c command) run(args []string) int {
	switch {
	case len(args) == 1 && args[0] == "describe":
		return c.describe(false)
	case len(args) == 2 && args[0] == "describe" && args[1] == "--json":
		return c.describe(true)
	case len(args) == 2 && args[0] == "validate":
		return c.validate(args[1])
	case len(args) == 1 && args[0] == "--debug":
		return c.debug()
	}
	if len(args) == 1 && (args[0] == "help" || args[0] == "-h" || args[0] == "--help") {
		c.usage(c.stdout)
		return exitOK
	}
	c.usage(c.stderr)
	return exitUsage
}

func (c command) usage(w io.Writer) {
	self := filepath.Base(os.Args[0])
	fmt.Fprintf(w, `This is %s %s, a replication backend for metalog. A host starts it:

  metalog server --backend PATH

By hand it knows:

  %[3]s describe [--json]   what it is and can do
  %[3]s validate CONFIG     check its settings: a file of JSON, or - for stdin
  %[3]s --debug             serve one host that attaches, for a debugger
`, c.spec.Name, c.spec.Version, self)
}

type description struct {
	Name       string   `json:"name"`
	Version    string   `json:"version"`
	Protocol   protocol `json:"protocol"`
	DataFormat uint32   `json:"data_format"`
	Claims     []string `json:"claims"`
}

type protocol struct {
	Major uint32 `json:"major"`
	Minor uint32 `json:"minor"`
}

func (c command) describe(asJSON bool) int {
	d := description{
		Name: c.spec.Name, Version: c.spec.Version, DataFormat: c.spec.DataFormat,
		Protocol: protocol{Major: ProtocolMajor, Minor: ProtocolMinor}, Claims: []string{},
	}
	for _, claim := range c.spec.Claims {
		d.Claims = append(d.Claims, string(claim))
	}
	if asJSON {
		return c.print(d)
	}
	fmt.Fprintf(c.stdout, "name         %s\nversion      %s\nprotocol     %d.%d\ndata format  %d\nclaims       %s\n",
		d.Name, d.Version, d.Protocol.Major, d.Protocol.Minor, d.DataFormat, strings.Join(d.Claims, " "))
	return exitOK
}

func (c command) print(v any) int {
	if err := json.NewEncoder(c.stdout).Encode(v); err != nil {
		return c.fail(err)
	}
	return exitOK
}

func (c command) fail(err error) int {
	fmt.Fprintf(c.stderr, "%s: %v\n", c.spec.Name, err)
	return exitError
}

// validate checks settings without opening anything.
func (c command) validate(path string) int {
	options, err := c.read(path)
	if err != nil {
		return c.fail(err)
	}
	if !json.Valid(options) {
		return c.fail(fmt.Errorf("%s is not JSON: a backend's settings are one JSON object", path))
	}
	v, ok := c.spec.New().(sdk.ConfigValidator)
	if !ok {
		fmt.Fprintf(c.stdout, "%s is JSON; %s checks its settings only when it is opened\n", path, c.spec.Name)
		return exitOK
	}
	if err := v.ValidateConfig(options); err != nil {
		return c.fail(fmt.Errorf("%s: %w", path, err))
	}
	fmt.Fprintf(c.stdout, "%s is valid\n", path)
	return exitOK
}

func (c command) read(path string) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(c.stdin)
	}
	return os.ReadFile(path)
}

// Reattach is how a host finds a plugin that runs under a debugger: the line
// that --debug prints.
type Reattach struct {
	Protocol int    `json:"protocol"`
	Network  string `json:"network"`
	Address  string `json:"address"`
	PID      int    `json:"pid"`
}

// debug serves one session to a host that attaches, and waits for it as long as
// it takes.
func (c command) debug() int {
	ctx, stop := signal.NotifyContext(context.Background(), unix.SIGTERM, unix.SIGINT)
	defer stop()
	engine := NewEngine(guarded(c.spec), newLogger(&lineWriter{w: c.stderr}))
	attach := make(chan *goplugin.ReattachConfig, 1)
	closed := make(chan struct{})
	go goplugin.Serve(&goplugin.ServeConfig{
		HandshakeConfig:  Handshake,
		VersionedPlugins: pluginSets(engine),
		GRPCServer:       newServer,
		Logger:           launchLogger(c.stderr),
		Test:             &goplugin.ServeTestConfig{Context: ctx, ReattachConfigCh: attach, CloseCh: closed},
	})
	r := <-attach
	if code := c.print(Reattach{
		Protocol: r.ProtocolVersion, Network: r.Addr.Network(), Address: r.Addr.String(), PID: r.Pid,
	}); code != exitOK {
		return code
	}
	select {
	case <-engine.Done():
		stop()
	case <-closed:
	}
	if err := engine.Err(); err != nil {
		return c.fail(err)
	}
	return exitOK
}
