package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
)

// load is loadSettings with a file of that text and these flags.
func load(t *testing.T, file string, given ...string) (*loaded, error) {
	t.Helper()
	if file != "" {
		path := filepath.Join(t.TempDir(), "n1.yaml")
		require.NoError(t, os.WriteFile(path, []byte(file), 0o600))
		given = append(given, "--config", path)
	}
	flags := pflag.NewFlagSet("server", pflag.ContinueOnError)
	settingFlags(flags)
	require.NoError(t, flags.Parse(given))
	return loadSettings(flags)
}

func TestSettingsPrecedence(t *testing.T) {
	t.Setenv("METALOG_NODE_ID", "from-env")
	t.Setenv("METALOG_LISTEN__GRPC", "127.0.0.1:3")
	l, err := load(t, "node_id: from-file\nlisten:\n  grpc: 127.0.0.1:2\n  http: 127.0.0.1:9\n", "--listen-grpc", "127.0.0.1:4")
	require.NoError(t, err)
	require.Equal(t, "from-env", l.config.NodeID)
	require.Equal(t, "127.0.0.1:4", l.config.Listen.GRPC)
	require.Equal(t, "127.0.0.1:9", l.config.Listen.HTTP)
	require.Equal(t, "local", l.config.Backend.Name)

	require.Equal(t, "METALOG_NODE_ID", l.origin["node_id"])
	require.Equal(t, "--listen-grpc", l.origin["listen.grpc"])
	require.Regexp(t, `n1\.yaml:4$`, l.origin["listen.http"])
	require.Equal(t, "default", l.origin["backend.name"])
}

func TestSettingsKinds(t *testing.T) {
	l, err := load(t, "insecure: true\nstop_timeout: 5s\nbackend:\n  options: {a: 1, b: {c: [x]}}\n")
	require.NoError(t, err)
	require.True(t, l.config.Insecure)
	require.Equal(t, "5s", l.config.StopTimeout.String())
	raw, err := l.config.Backend.optionsJSON()
	require.NoError(t, err)
	require.JSONEq(t, `{"a":1,"b":{"c":["x"]}}`, string(raw))

	require.Equal(t, "5s", l.config.WatermarkCheckpoint.String())

	l, err = load(t, "watermark_checkpoint: 0\n")
	require.NoError(t, err)
	require.Zero(t, l.config.WatermarkCheckpoint)

	l, err = load(t, "backend:\n  options: {a: 1}\n", "--backend-options", `{"b": 2}`)
	require.NoError(t, err)
	raw, err = l.config.Backend.optionsJSON()
	require.NoError(t, err)
	require.JSONEq(t, `{"b":2}`, string(raw), "the flag's options replace the file's")

	l, err = load(t, "")
	require.NoError(t, err)
	raw, err = l.config.Backend.optionsJSON()
	require.NoError(t, err)
	require.Nil(t, raw)
}

func TestSettingsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		file, env string // env is NAME=value
		flags     []string
		want      string
	}{
		"unknown key":        {file: "node_id: a\nlisten:\n  gprc: x\n", want: `n1\.yaml:3: unknown key "listen\.gprc" \(did you mean "listen\.grpc"\?\)`},
		"unknown group":      {file: "tls:\n  cert: x\n", want: `n1\.yaml:1: unknown key "tls"`},
		"all at once":        {file: "a1: 1\nb1: 2\n", want: `(?s)n1\.yaml:1: .*n1\.yaml:2: `},
		"twice":              {file: "node_id: a\nnode_id: b\n", want: `(n1\.yaml|line ).*2.*`},
		"a list":             {file: "node_id: [a]\n", want: `n1\.yaml:1: node_id is one value`},
		"not a mapping":      {file: "listen: 7400\n", want: `n1\.yaml:1: listen is not a mapping`},
		"only a word":        {file: "hello\n", want: `n1\.yaml:1: is not a mapping`},
		"broken YAML":        {file: "a: [\n", want: `n1\.yaml: line \d`},
		"bad bool":           {file: "\ninsecure: yes\n", want: `n1\.yaml:2: insecure: "yes" is neither true nor false`},
		"bad time":           {file: "stop_timeout: soon\n", want: `n1\.yaml:1: stop_timeout: "soon" isn't a time`},
		"time below zero":    {file: "watermark_checkpoint: -1s\n", want: `n1\.yaml:1: watermark_checkpoint -1s isn't a time between`},
		"empty node":         {file: "node_id: ''\n", want: `n1\.yaml:1: node_id is empty`},
		"bad level":          {flags: []string{"--log-level", "loud"}, want: `--log-level "loud" isn't one of`},
		"bad format":         {flags: []string{"--log-format", "xml"}, want: `--log-format "xml" is neither`},
		"bad address":        {flags: []string{"--listen-grpc", "7400"}, want: `--listen-grpc "7400" isn't HOST:PORT`},
		"beyond loopback":    {flags: []string{"--listen-http", "0.0.0.0:1"}, want: `--insecure`},
		"everywhere":         {flags: []string{"--listen-http", ":1"}, want: `--insecure`},
		"bad options":        {flags: []string{"--backend-options", "[1]"}, want: `--backend-options: "\[1\]" isn't a JSON object`},
		"bad environment":    {env: "METALOG_STOP_TIMEOUT=x", want: `METALOG_STOP_TIMEOUT: "x" isn't a time`},
		"unknown in environ": {env: "METALOG_NODEID=x", want: `METALOG_NODEID isn't a setting \(did you mean "METALOG_NODE_ID"\?\)`},
		"no file":            {flags: []string{"--config", "/nowhere/n1.yaml"}, want: `no configuration file at /nowhere`},
	} {
		t.Run(name, func(t *testing.T) {
			if name, value, ok := strings.Cut(test.env, "="); ok {
				t.Setenv(name, value)
			}
			_, err := load(t, test.file, test.flags...)
			var f *failure
			require.ErrorAs(t, err, &f)
			require.Equal(t, exitUsage, f.code)
			require.Regexp(t, test.want, err.Error())
		})
	}
}

func TestInsecureListensAnywhere(t *testing.T) {
	_, err := load(t, "", "--listen-grpc", "0.0.0.0:0", "--insecure")
	require.NoError(t, err)
	_, err = load(t, "", "--listen-grpc", "[::1]:0")
	require.NoError(t, err)
	_, err = load(t, "", "--listen-grpc", "localhost:0")
	require.NoError(t, err)
}

func TestClientVariableIsNoSetting(t *testing.T) {
	t.Setenv("METALOG_ADDR", "127.0.0.1:1")
	_, err := load(t, "")
	require.NoError(t, err)
}
