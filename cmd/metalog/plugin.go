package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/chronik-stream/metalog/builtin"
	"github.com/chronik-stream/metalog/host/launch"
)

func (c *cli) pluginCommand() *cobra.Command {
	return group("plugin", "Begin a backend of your own, and judge any",
		c.pluginNewCommand(), c.pluginTestCommand(), c.pluginCasesCommand())
}

// pluginPrefix is what the file of a plugin is called before its name.
const pluginPrefix = "metalog-backend-"

// pluginIn finds a backend: a built-in one, a file of dir, or a path. No dir: none
// is looked through.
func pluginIn(dir, name string) (launch.Plugin, error) {
	if dir == "" || strings.ContainsRune(name, '/') || slices.Contains(builtin.Names(), name) {
		return pluginAt(name)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return launch.Plugin{}, err
	}
	for _, file := range []string{pluginPrefix + name, name} {
		if path := filepath.Join(dir, file); isExecutable(path) {
			return launch.Plugin{Path: path}, nil
		}
	}
	return launch.Plugin{}, fmt.Errorf("%q is neither a built-in backend (%s) nor an executable %s or %s in %s",
		name, strings.Join(builtin.Names(), ", "), pluginPrefix+name, name, dir)
}

// pluginAt is pluginOf, with a file that is there.
func pluginAt(name string) (launch.Plugin, error) {
	p, err := pluginOf(name)
	if err != nil {
		return p, err
	}
	_, err = os.Stat(p.Path)
	return p, err
}

func isExecutable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
}
