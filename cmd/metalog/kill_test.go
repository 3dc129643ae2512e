package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/client"
	"github.com/chronik-stream/metalog/metadata"
)

// generated is a file of n topics, some with partitions and settings.
func generated(t *testing.T, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "topics.jsonl")
	var lines bytes.Buffer
	for i := range n {
		fmt.Fprintf(&lines, `{"name": "generated.%05d", "partitions": %d, "configs": {"retention.ms": "%d"}}`+"\n", i, 1+i%3, 1000+i)
	}
	require.NoError(t, os.WriteFile(path, lines.Bytes(), 0o600))
	return path
}

// start is startNode and its end.
func start(t *testing.T, dir, name string, flags ...string) *nodeProcess {
	t.Helper()
	p, err := startNode(dir, name, flags...)
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = p.kill()
		if t.Failed() {
			t.Logf("log of %s:\n%s", name, p.log)
		}
	})
	return p
}

// verify is the digest and revision that `metalog log verify` comes to.
func verify(t *testing.T, dir string) proof {
	t.Helper()
	code, stdout, stderr := runHere(t, "log", "verify", "--data-dir", dir, "-o", "json")
	require.Equal(t, exitOK, code, stderr)
	var p proof
	require.NoError(t, json.Unmarshal([]byte(stdout), &p))
	return p
}

// topicNames is what `metalog topic list` knows.
func topicNames(t *testing.T, addr string) []string {
	t.Helper()
	code, stdout, stderr := runAt(t, addr, "topic", "list", "-o", "json")
	require.Equal(t, exitOK, code, stderr)
	var topics []topicView
	require.NoError(t, json.Unmarshal([]byte(stdout), &topics))
	names := make([]string, 0, len(topics))
	for _, topic := range topics {
		names = append(names, topic.Name)
	}
	return names
}

// An import of 10,000 topics, with host and plugin killed in the middle of it
// and started again at once: what was acknowledged is there, nothing twice, and
// the disk comes to the state that the node shows, before and after a compaction.
func TestKillDuringImport(t *testing.T) {
	const topics = 10_000
	dir := t.TempDir()
	n := start(t, dir, "n1")
	require.NoError(t, n.serving())

	importing := metalogCommand(t.Context(), "topic", "create", "--from-file", generated(t, topics),
		"--addr", n.grpc, "--timeout", "30s", "--progress", "none")
	out, err := importing.StdoutPipe()
	require.NoError(t, err)
	var importErr bytes.Buffer
	importing.Stderr = &importErr
	require.NoError(t, importing.Start())
	acknowledged := readFates(t, out, func(line int) {
		if line == topics/4 {
			n = killAndRestart(t, n, dir)
		}
	})
	require.NoError(t, importing.Wait(), importErr.String())
	require.NoError(t, n.serving())
	require.Len(t, acknowledged, topics)
	require.ElementsMatch(t, acknowledged, topicNames(t, n.grpc))

	before := n.status(t)
	require.Equal(t, uint64(topics), before.Counts.Topics)
	require.NoError(t, n.stop())
	proven := verify(t, filepath.Join(dir, "n1"))
	require.Equal(t, before.Digest, proven.Digest)
	require.Equal(t, before.Revision, proven.Revision)

	n = start(t, dir, "n1")
	require.NoError(t, n.serving())
	code, _, stderr := runAt(t, n.grpc, "backend", "compact")
	require.Equal(t, exitOK, code, stderr)
	require.Equal(t, before.Digest, n.status(t).Digest)
	require.NoError(t, n.stop())
	compacted := verify(t, filepath.Join(dir, "n1"))
	require.Equal(t, before.Digest, compacted.Digest)
	require.Equal(t, before.Revision, compacted.Base)
}

// killAndRestart kills host and plugin at once and starts the node again on the
// same addresses.
func killAndRestart(t *testing.T, n *nodeProcess, dir string) *nodeProcess {
	t.Helper()
	plugin := int(n.status(t).Plugin.PID)
	require.Positive(t, plugin, "0 would be this process's own group")
	require.NoError(t, syscall.Kill(plugin, syscall.SIGKILL))
	require.NoError(t, n.kill())
	return start(t, dir, "n1", "--listen-grpc", n.grpc, "--listen-http", n.http)
}

// readFates returns the topics that an import says were created, none twice. It
// tells of each line that it has come.
func readFates(t *testing.T, out io.Reader, came func(line int)) (created []string) {
	t.Helper()
	seen := map[string]bool{}
	scanner := bufio.NewScanner(out)
	for line := 1; scanner.Scan(); line++ {
		fields := strings.Fields(scanner.Text())
		require.GreaterOrEqual(t, len(fields), 5, scanner.Text())
		name, result := fields[1], fields[2]
		require.Equal(t, "created", result, scanner.Text())
		require.False(t, seen[name], "%s twice", name)
		seen[name] = true
		created = append(created, name)
		came(line)
	}
	require.NoError(t, scanner.Err())
	return created
}

// A node that has just started says that it doesn't know yet, never that
// something it has on disk isn't there.
func TestKillNeverMakesANodeForget(t *testing.T) {
	dir := t.TempDir()
	n := start(t, dir, "n1")
	require.NoError(t, n.serving())
	code, _, stderr := runAt(t, n.grpc, "topic", "create", "--from-file", generated(t, 2000), "--progress", "none")
	require.Equal(t, exitOK, code, stderr)

	for range 3 {
		require.NoError(t, n.kill())
		n = start(t, dir, "n1", "--listen-grpc", n.grpc, "--listen-http", n.http)
		require.Positive(t, askUntilKnown(t, n.grpc))
		require.NoError(t, n.serving())
	}
}

// askUntilKnown asks for a topic until it is there, and how often it was told
// to come back.
func askUntilKnown(t *testing.T, addr string) (asked int) {
	t.Helper()
	c, err := client.Dial(addr)
	require.NoError(t, err)
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), startWait)
	defer cancel()
	for {
		asked++
		read, err := c.Topic(ctx, "generated.01999")
		if err == nil {
			require.Equal(t, "generated.01999", read.Value.Name)
			return asked
		}
		require.ErrorIs(t, err, metadata.ErrUnavailable)
		require.NotErrorIs(t, err, metadata.ErrNotFound)
		require.NotErrorIs(t, ctx.Err(), context.DeadlineExceeded, err)
	}
}

// A plugin that dies takes nothing with it: reads go on, labelled, a write
// waits, and another plugin takes over.
func TestKillPlugin(t *testing.T) {
	n := start(t, t.TempDir(), "n1")
	require.NoError(t, n.serving())
	code, _, stderr := runAt(t, n.grpc, "topic", "create", "old")
	require.Equal(t, exitOK, code, stderr)
	first := n.status(t).Plugin

	var stale atomic.Int64
	ctx, done := context.WithCancel(t.Context())
	reads := make(chan error, 1)
	go func() { reads <- readOn(ctx, n.grpc, &stale) }()

	begin := time.Now()
	require.Positive(t, first.PID, "0 would be this process's own group")
	require.NoError(t, syscall.Kill(int(first.PID), syscall.SIGKILL))
	readUntilStale(t, n.grpc)
	code, stdout, stderr := runAt(t, n.grpc, "topic", "create", "new", "--timeout", "30s")
	require.Equal(t, exitOK, code, stderr)
	require.Contains(t, stdout, "topic new created")
	t.Logf("written %s after the plugin was killed; %d reads were labelled stale meanwhile", time.Since(begin), stale.Load())
	done()
	require.NoError(t, <-reads)
	require.Positive(t, stale.Load())

	now := n.status(t)
	require.True(t, now.Ready)
	require.Equal(t, uint64(1), now.Plugin.Restarts)
	require.NotEqual(t, first.PID, now.Plugin.PID)
	require.ElementsMatch(t, []string{"old", "new"}, topicNames(t, n.grpc))
}

// readUntilStale is what a person would see meanwhile.
func readUntilStale(t *testing.T, addr string) {
	t.Helper()
	for begin := time.Now(); time.Since(begin) < startWait; {
		code, stdout, stderr := runAt(t, addr, "topic", "get", "old", "-o", "json")
		require.Equal(t, exitOK, code, stderr)
		if strings.HasPrefix(stderr, "(stale) ") {
			require.Contains(t, stdout, `"stale": true`)
			return
		}
		require.NotContains(t, stdout, "stale")
	}
	require.Fail(t, "no read was labelled stale")
}

// readOn reads a topic until ctx ends; every read has to succeed.
func readOn(ctx context.Context, addr string, stale *atomic.Int64) error {
	c, err := client.Dial(addr)
	if err != nil {
		return err
	}
	defer c.Close()
	for ctx.Err() == nil {
		read, err := c.Topic(context.WithoutCancel(ctx), "old")
		if err != nil {
			return err
		}
		if read.Stale {
			stale.Add(1)
		}
	}
	return nil
}

// A plugin that stands still leaves a write's outcome unknown. The command says
// with what to repeat it, and repeated it is done once.
func TestUnknownOutcomeIsRepeated(t *testing.T) {
	n := start(t, t.TempDir(), "n1")
	require.NoError(t, n.serving())
	plugin := int(n.status(t).Plugin.PID)
	require.Positive(t, plugin, "0 would be this process's own group")
	require.NoError(t, syscall.Kill(plugin, syscall.SIGSTOP))
	code, stdout, stderr := runAt(t, n.grpc, "topic", "create", "held", "--timeout", "5s")
	require.NoError(t, syscall.Kill(plugin, syscall.SIGCONT))
	require.Equal(t, exitUnknown, code, stderr)
	require.Empty(t, stdout)
	found := regexp.MustCompile(`Repeat the same command with --request-id (\S+@\d+)`).FindStringSubmatch(stderr)
	require.NotNil(t, found, stderr)

	code, stdout, stderr = runAt(t, n.grpc, "topic", "create", "held", "--request-id", found[1])
	require.Equal(t, exitOK, code, stderr)
	require.Contains(t, stdout, "topic held created · revision 1")
	require.Equal(t, []string{"held"}, topicNames(t, n.grpc))

	code, _, stderr = runAt(t, n.grpc, "topic", "create", "other", "--request-id", found[1])
	require.Equal(t, exitError, code, stderr)
	require.Equal(t, []string{"held"}, topicNames(t, n.grpc))
}
