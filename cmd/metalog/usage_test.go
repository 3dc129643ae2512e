package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// runHere runs the program in this process, without a node.
func runHere(t *testing.T, given ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errOut bytes.Buffer
	code = run(t.Context(), given, &bytes.Buffer{}, &out, &errOut)
	return code, out.String(), errOut.String()
}

func TestUsageErrors(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"unknown command":     {[]string{"topics"}, `unknown command "topics" for "metalog" (did you mean "topic"?)`},
		"unknown sub-command": {[]string{"topic", "creat", "x"}, `unknown command "creat" for "metalog topic" (did you mean "create"?)`},
		"unknown flag":        {[]string{"topic", "create", "x", "--partions", "3"}, `unknown flag: --partions (did you mean --partitions?)`},
		"unknown short flag":  {[]string{"topic", "list", "-z"}, `unknown shorthand flag: 'z'`},
		"bad flag value":      {[]string{"topic", "create", "x", "--partitions", "many"}, `invalid argument "many"`},
		"bad format":          {[]string{"topic", "list", "-o", "xml"}, `"xml" isn't one of table, json, yaml`},
		"too few":             {[]string{"partition", "list"}, `Usage: metalog partition list TOPIC`},
		"too many":            {[]string{"topic", "list", "x"}, `"x" is too much: metalog topic list takes flags only`},
		"no topic":            {[]string{"topic", "create"}, `metalog topic create NAME`},
		"name and file":       {[]string{"topic", "create", "x", "-f", "y"}, `not both`},
		"file and config":     {[]string{"topic", "create", "-f", "y", "--config", "a=b"}, `--config is about one topic`},
		"no such file":        {[]string{"topic", "create", "-f", "/nowhere/f"}, `no such file`},
		"bad in-flight":       {[]string{"topic", "create", "-f", "y", "--in-flight", "0"}, `--in-flight is 1 to 256`},
		"bad config":          {[]string{"topic", "create", "x", "--config", "a"}, `--config "a" isn't KEY=VALUE`},
		"bad assignment":      {[]string{"topic", "create", "x", "--assign", "1,2"}, `PARTITION=BROKER`},
		"bad broker":          {[]string{"topic", "create", "x", "--assign", "0=1,b"}, `"b" isn't a broker's id`},
		"bad topic id":        {[]string{"topic", "create", "x", "--id", "7"}, `isn't 32 hexadecimal digits`},
		"bad request id":      {[]string{"configs", "get", "topics/x"}, `"topics/x" isn't a resource`},
		"nothing to change":   {[]string{"topic", "update", "x"}, `nothing to change`},
		"no total":            {[]string{"partition", "create", "x"}, `--total is missing`},
		"no replicas":         {[]string{"partition", "assign", "x", "0"}, `--replicas is missing`},
		"bad partition":       {[]string{"partition", "get", "x", "-1"}, `unknown shorthand flag`},
		"no endpoint":         {[]string{"broker", "register", "1"}, `--endpoint is missing`},
		"bad endpoint":        {[]string{"broker", "register", "1", "--endpoint", "x"}, `"x" isn't NAME=HOST:PORT`},
		"no incarnation": {
			[]string{"broker", "register", "1", "--endpoint", "P=h:1", "--request-id", "00@1"},
			`--request-id needs the --incarnation`,
		},
		"bad offset":         {[]string{"offset", "commit", "g", "t/0"}, `"t/0" isn't TOPIC/PARTITION=OFFSET`},
		"bad place":          {[]string{"offset", "fetch", "g", "t"}, `"t" isn't TOPIC/PARTITION`},
		"bad group state":    {[]string{"group", "put", "g", "--state", "well"}, `--state: "well" isn't one of empty, preparing_rebalance`},
		"foreign instance":   {[]string{"group", "put", "g", "--member", "a", "--instance", "b=c"}, `--instance "b=c" isn't ID=INSTANCE of a --member`},
		"group twice":        {[]string{"group", "put", "g", "-f", "x", "--leader", "a"}, `--leader describes the group, as the file does`},
		"no producer":        {[]string{"txn", "complete", "t"}, `--producer is missing`},
		"both ends":          {[]string{"txn", "prepare", "t", "--producer", "0", "--epoch", "0", "--commit", "--abort"}, `one of them`},
		"bad kind":           {[]string{"segment", "list", "t", "--kind", "orc"}, `--kind: "orc" isn't one of log, parquet`},
		"segment and file":   {[]string{"segment", "put", "t", "-f", "x"}, `not both`},
		"bad log start":      {[]string{"partition", "log-start", "t", "0", "end"}, `"end" is neither an offset nor high-watermark`},
		"checkpoint again":   {[]string{"partition", "checkpoint", "t/0=1", "--request-id", "00@1"}, `--request-id needs the --leader-epoch`},
		"bad level":          {[]string{"feature", "set", "new"}, `"new" isn't a feature level`},
		"bad time":           {[]string{"clock", "reset", "--to", "noon", "--yes"}, `--to: "noon" is neither a time`},
		"nobody to ask":      {[]string{"clock", "reset", "--to", "0"}, `say --yes`},
		"bad ticket":         {[]string{"outcome", "00"}, `"00" isn't ID@FIRST_REVISION`},
		"bad noun":           {[]string{"watch", "--noun", "things"}, `--noun: "things" isn't one of topic`},
		"neither name":       {[]string{"topic", "get"}, `one of them`},
		"both names":         {[]string{"topic", "delete", "x", "--id", "y"}, `one of them`},
		"server --addr":      {[]string{"server", "--addr", "127.0.0.1:1"}, `--listen-grpc`},
		"unknown backend":    {[]string{"backend", "describe", "raft"}, `"raft" isn't a built-in backend (local, hashiraft, dragonboat). A plugin is given by its path: ./raft`},
		"nobody's plugin":    {[]string{"plugin", "test", "raft"}, `"raft" isn't a built-in backend (local, hashiraft, dragonboat). A plugin is given by its path: ./raft`},
		"nobody's case":      {[]string{"plugin", "test", "local", "--run", "ORD-001,ORD-999"}, `no case has the ID or family "ORD-999"`},
		"nobody's family":    {[]string{"plugin", "test", "local", "--skip", "ORZ"}, `no case has the ID or family "ORZ"`},
		"no address":         {[]string{"member", "add", "n4"}, `Usage: metalog member add NODE ADDRESS`},
		"bad address":        {[]string{"member", "add", "n4", "10.0.0.4"}, `"10.0.0.4" of node n4 isn't HOST:PORT`},
		"no port":            {[]string{"member", "add", "n4", "h:0"}, `"h:0" of node n4 has no port`},
		"expects nobody":     {[]string{"member", "remove", "n4", "--expect", ""}, `--expect is empty`},
		"expects no name":    {[]string{"member", "promote", "n4", "--expect", "n1,,n2"}, `--expect has an empty name`},
		"two leaders":        {[]string{"leader", "transfer", "n1", "n2"}, `Usage: metalog leader transfer [NODE]`},
		"no plugin":          {[]string{"plugin", "test", "./nowhere"}, `no such file`},
		"bad progress":       {[]string{"plugin", "test", "local", "--progress", "much"}, `"much" isn't one of auto, plain, json, none`},
		"configured backend": {[]string{"server", "--backend", "raft"}, `--backend: "raft" isn't a built-in backend`},
	} {
		t.Run(name, func(t *testing.T) {
			code, stdout, stderr := runHere(t, test.args...)
			require.Equal(t, exitUsage, code, stderr)
			require.Empty(t, stdout)
			require.Contains(t, stderr, test.want)
		})
	}
}

func TestHelpIsData(t *testing.T) {
	for _, given := range [][]string{{}, {"topic"}, {"topic", "create", "--help"}, {"--help"}} {
		code, stdout, stderr := runHere(t, given...)
		require.Equal(t, exitOK, code, stderr)
		require.Contains(t, stdout, "Usage:")
		require.Empty(t, stderr)
	}
}

func TestClosest(t *testing.T) {
	known := []string{"create", "delete", "list", "get", "update"}
	for word, want := range map[string]string{
		"creat": "create", "crate": "create", "del": "delete", "ls": "list", "updaet": "update", "frobnicate": "", "": "",
	} {
		require.Equal(t, want, closest(word, known), word)
	}
}
