package main

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host"
)

// there reports whether a file or directory is.
func there(path ...string) bool {
	_, err := os.Stat(filepath.Join(path...))
	return err == nil
}

// targetState is what a node finds that is started on a target.
type targetState string

const (
	anyTarget  targetState = ""
	nothing    targetState = "nothing was made"
	neverBegan targetState = "the import never began"
	halfImport targetState = "half an import"
	complete   targetState = "complete"
)

// killed is a source whose migrations are killed.
type killed struct {
	t      *testing.T
	dir    string
	source *nodeProcess
	before statusView
}

func (k *killed) command(out string) []string {
	return []string{
		"backend", "migrate", "--from", k.source.grpc, "--to", "local", "--out", out, "--node-id", filepath.Base(out), "--progress", "none",
	}
}

// kill begins a migration and ends it by SIGKILL as soon as the moment has come, or
// finds it over.
func (k *killed) kill(out string, come func(string) bool) {
	k.t.Helper()
	cmd := metalogCommand(k.t.Context(), k.command(out)...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	require.NoError(k.t, cmd.Start())
	over := make(chan error, 1)
	go func() { over <- cmd.Wait() }()
	for late := time.After(startWait); !come(out); {
		select {
		case err := <-over:
			require.NoError(k.t, err, said.String())
			return
		case <-late:
			k.t.Error("the moment never came")
			require.NoError(k.t, cmd.Process.Kill())
		case <-time.After(time.Millisecond):
		}
	}
	require.NoError(k.t, ignoreDone(cmd.Process.Kill()))
	<-over
}

func ignoreDone(err error) error {
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

func (k *killed) requireSourceSealed(out string) {
	k.t.Helper()
	st := k.source.status(k.t)
	require.Equal(k.t, k.before.Revision, st.Revision)
	require.Equal(k.t, k.before.Digest, st.Digest)
	require.Contains(k.t, st.SealedTo, out)
	code, _, stderr := runAt(k.t, k.source.grpc, "topic", "list")
	require.Equal(k.t, exitOK, code, stderr)
	code, _, stderr = runAt(k.t, k.source.grpc, "topic", "create", "late")
	require.Equal(k.t, exitConflict, code, stderr)
	require.Contains(k.t, stderr, out)
}

// target starts a node on what was made, holds it against what it may be, and tells
// what that is.
func (k *killed) target(out string) targetState {
	k.t.Helper()
	name := filepath.Base(out)
	if !there(out) {
		return nothing
	}
	if there(out, "UNFINISHED") {
		code, _, stderr := runHere(k.t, "server", "--node-id", name, "--data-dir", out, "--listen-grpc", "127.0.0.1:0", "--listen-http", "127.0.0.1:0")
		require.Equal(k.t, exitError, code)
		require.Contains(k.t, stderr, "was interrupted before it began")
		return neverBegan
	}
	if !there(out, "IDENTITY") {
		return nothing
	}
	n := start(k.t, k.dir, name)
	defer func() { require.NoError(k.t, n.stop()) }()
	var st statusView
	require.Eventually(k.t, func() bool {
		st = n.status(k.t)
		return st.ImportingBytes > 0 && st.State == string(host.PhaseDegraded) || st.Ready
	}, startWait, 5*time.Millisecond)
	if st.ImportingBytes == 0 {
		require.Equal(k.t, k.before.Digest, st.Digest)
		require.Equal(k.t, k.before.Revision, st.Revision)
		return complete
	}
	k.requireServesNothing(n)
	return halfImport
}

func (k *killed) requireServesNothing(n *nodeProcess) {
	k.t.Helper()
	require.Eventually(k.t, func() bool {
		return strings.Contains(readyz(k.t, n), "[-] not-importing: a snapshot is being imported")
	}, startWait, 5*time.Millisecond)
	require.Contains(k.t, readyz(k.t, n), "not ready")
	for _, args := range [][]string{
		{"topic", "list"},
		{"topic", "list", "--linearizable"},
		{"topic", "create", "early", "--timeout", "3s"},
		{"snapshot", "save", "--out", filepath.Join(k.dir, "no.snapshot")},
	} {
		code, stdout, stderr := runAt(k.t, n.grpc, args...)
		require.Equal(k.t, exitUnhealthy, code, "%v: %s", args, stderr)
		require.Contains(k.t, stderr, "importing a snapshot", args)
		require.Empty(k.t, stdout)
	}
	require.False(k.t, there(k.dir, "no.snapshot"))
	code, stdout, _ := runAt(k.t, n.grpc, "status")
	require.Equal(k.t, exitUnhealthy, code)
	require.Contains(k.t, stdout, "importing")
	code, _, stderr := runHere(k.t, "backend", "migrate", "--from", n.grpc, "--to", "local", "--out", filepath.Join(k.dir, "further"), "--node-id", "x")
	require.Equal(k.t, exitConflict, code, stderr)
	require.Contains(k.t, stderr, "holds half an import")
}

func readyz(t *testing.T, n *nodeProcess) string {
	t.Helper()
	answer, err := http.Get("http://" + n.http + "/readyz?verbose")
	require.NoError(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return string(text)
}

// remove waits for a plugin that hasn't noticed yet that nobody needs it.
func (k *killed) remove(out string) {
	k.t.Helper()
	require.Eventually(k.t, func() bool {
		err := os.RemoveAll(out)
		return err == nil || errors.Is(err, fs.ErrNotExist)
	}, startWait, 10*time.Millisecond)
}

func (k *killed) abort() {
	k.t.Helper()
	code, stdout, stderr := runHere(k.t, "backend", "migrate", "--abort", "--from", k.source.grpc)
	require.Equal(k.t, exitOK, code, stderr)
	require.Contains(k.t, stdout, "takes writes again")
	code, _, stderr = runAt(k.t, k.source.grpc, "topic", "create", strings.ReplaceAll(k.t.Name()[len("TestKillDuringMigration/"):], "_", "-"))
	require.Equal(k.t, exitOK, code, stderr)
	k.before = k.source.status(k.t)
}
