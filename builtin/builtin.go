// Package builtin is the backends that are compiled into this binary. Each
// still runs in a process of its own: the same executable, started again with
// a hidden sub-command.
//
// Whoever links it calls Serve first thing in main:
//
//	func main() {
//		builtin.Serve() // returns at once unless this process is a plugin child
//		...
//	}
package builtin

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/chronik-stream/metalog/host/launch"
	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/plugin"
)

// subcommand makes this executable the plugin that the next argument names.
const subcommand = "__plugin"

// Serve runs a backend, and then exits, if this process was started to be one.
// Otherwise it returns at once and has done nothing.
func Serve() {
	if !isChild() {
		return
	}
	name := strings.Join(os.Args[2:min(3, len(os.Args))], "")
	spec, ok := find(name)
	if !ok {
		fmt.Fprintln(os.Stderr, unknown(name))
		os.Exit(2)
	}
	os.Args = append(os.Args[:1], os.Args[3:]...) // the plugin has sub-commands of its own
	plugin.Serve(spec)
	os.Exit(0)
}

// Names lists the backends, the default first.
func Names() []string {
	names := make([]string, len(backends))
	for i, b := range backends {
		names[i] = b.Name
	}
	return names
}

// Plugin says how to start the backend of that name. The caller may set what
// else it wants, such as RunDir and Logger.
//
// On Linux that is the running image itself, whatever an upgrade has put at
// its path meanwhile: host and backend are always of the same build.
func Plugin(name string) (launch.Plugin, bool) {
	if _, ok := find(name); !ok {
		return launch.Plugin{}, false
	}
	return launch.Plugin{Name: name, Path: self(), Args: []string{subcommand, name}}, true
}

// Open is an opener for the backend of that name, as host.Config takes it.
func Open(name string) func(context.Context) (sdk.Backend, error) {
	return func(ctx context.Context) (sdk.Backend, error) {
		p, ok := Plugin(name)
		if !ok {
			return nil, unknown(name)
		}
		if isChild() {
			return nil, &sdk.Error{
				Reason: sdk.ReasonInvalidConfig, Outcome: sdk.NotAppended,
				Message: "this process is a plugin child that became a host: call builtin.Serve first thing in main",
			}
		}
		return p.Open(ctx)
	}
}

func find(name string) (plugin.Spec, bool) {
	for _, b := range backends {
		if b.Name == name {
			return b, true
		}
	}
	return plugin.Spec{}, false
}

func unknown(name string) error {
	return &sdk.Error{Reason: sdk.ReasonInvalidConfig, Outcome: sdk.NotAppended, Message: fmt.Sprintf(
		"no built-in backend %q; there is: %s. A plugin of another file is named by its path", name, strings.Join(Names(), ", "))}
}

func isChild() bool { return len(os.Args) > 1 && os.Args[1] == subcommand }

func self() string {
	if runtime.GOOS == "linux" {
		return "/proc/self/exe"
	}
	path, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return path
}
