package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/spf13/cobra"

	"github.com/chronik-stream/metalog/builtin"
)

// metalogModule is what a plugin's module requires.
const metalogModule = "github.com/chronik-stream/metalog"

// newFlags are those of plugin new.
type newFlags struct {
	dir, module, replace string
}

func (c *cli) pluginNewCommand() *cobra.Command {
	f := &newFlags{}
	cmd := &cobra.Command{
		Use:   "new NAME",
		Short: "Begin a backend: a module that builds, runs and passes the conformance suite",
		Long: `Begin a backend: a module that builds, runs and passes the conformance suite. It
keeps entries in memory, on one node, and claims no more; from there on it is yours.`,
		Example: `  metalog plugin new acme
  metalog plugin new acme --dir plugins/acme --module example.org/acme --replace ../metalog`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, given []string) error { return c.newPlugin(given[0], f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.dir, "dir", "", "where; it must be empty or not there yet (default ./NAME)")
	flags.StringVar(&f.module, "module", "", "the module's path (default example.com/metalog-backend-NAME)")
	flags.StringVar(&f.replace, "replace", "", "build against this checkout of metalog, instead of a release")
	return cmd
}

// newPluginView is what was made, as it is printed.
type newPluginView struct {
	Name   string   `json:"name"`
	Dir    string   `json:"dir"`
	Module string   `json:"module"`
	Files  []string `json:"files"`
}

func (c *cli) newPlugin(name string, f *newFlags) error {
	s, err := f.starter(name)
	if err != nil {
		return err
	}
	dir := f.dir
	if dir == "" {
		dir = name
	}
	if err := checkVacant(dir); err != nil {
		return err
	}
	files, err := s.write(dir)
	if err != nil {
		return &failure{code: exitError, err: err}
	}
	err = c.show(newPluginView{Name: name, Dir: dir, Module: s.Module, Files: files}, func() {
		for _, file := range files {
			c.line("%s", filepath.Join(dir, file))
		}
	})
	c.noteNext(s, dir)
	return err
}

func (c *cli) noteNext(s starter, dir string) {
	c.note("\nNext:\n  cd %s\n  go mod tidy\n  go test ./...\n  go build\n  metalog plugin test ./%s\n  metalog server --backend ./%s",
		word(dir), s.Binary, s.Binary)
	if s.Replace == "" && !s.Released {
		c.note("\nThis build of metalog has no release: until there is one, let the module find a checkout by\n"+
			"  go mod edit -replace %s=PATH", metalogModule)
	}
}

var (
	pluginName  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,62}$`)
	modulePath  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._~-]*(/[A-Za-z0-9_][A-Za-z0-9._~-]*)*$`)
	release     = regexp.MustCompile(`^v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$`)
	afterTag    = regexp.MustCompile(`-\d+-g[0-9a-f]+(-dirty)?$|-dirty$`) // git describe, of what isn't a release
	goModOfOurs = regexp.MustCompile(`(?m)^module ` + regexp.QuoteMeta(metalogModule) + `$`)
)

// starter checks the flags and says what the templates are filled in with.
func (f *newFlags) starter(name string) (starter, error) {
	if !pluginName.MatchString(name) {
		return starter{}, usagef("%q isn't a name: a letter, then letters, digits and dashes", name)
	}
	if slices.Contains(builtin.Names(), name) {
		return starter{}, usagef("%q is a built-in backend: choose another name", name)
	}
	s := starter{Name: name, Binary: pluginPrefix + name, Module: f.module, Metalog: metalogModule, Version: "v0.0.0"}
	if s.Module == "" {
		s.Module = "example.com/" + s.Binary
	}
	if !modulePath.MatchString(s.Module) {
		return starter{}, usagef("--module: %q isn't a module's path", s.Module)
	}
	if v := buildVersion(); release.MatchString(v) && !afterTag.MatchString(v) {
		s.Version, s.Released = v, true
	}
	if f.replace == "" {
		return s, nil
	}
	var err error
	s.Replace, err = checkout(f.replace)
	return s, err
}

// checkout is the whole path of a checkout of metalog.
func checkout(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	mod, err := os.ReadFile(filepath.Join(path, "go.mod"))
	if err != nil {
		return "", usagef("--replace: %w", err)
	}
	if !goModOfOurs.Match(mod) {
		return "", usagef("--replace: %s isn't a checkout of %s", path, metalogModule)
	}
	return path, nil
}

// checkVacant refuses a directory that somebody's work may be in.
func checkVacant(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return usagef("%w", err)
	case len(entries) > 0:
		return &failure{
			code: exitConflict, err: fmt.Errorf("%s isn't empty", dir), next: "Choose another one with --dir",
		}
	}
	return nil
}
