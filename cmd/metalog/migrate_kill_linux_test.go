package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/host/hosttest"
	"github.com/chronik-stream/metalog/metadata"
)

// A migration is killed at several moments. Whichever it is, the source has all it had
// and says where its state was to go; what was made of the target serves nothing, and
// says so; done again on an empty directory it succeeds; and the seal can be lifted.
func TestKillDuringMigration(t *testing.T) {
	dir := t.TempDir()
	code, _, stderr := runHere(t, "snapshot", "restore", largeSnapshot(t), "--backend", "local", "--data-dir", filepath.Join(dir, "old"), "--node-id", "old")
	require.Equal(t, exitOK, code, stderr)
	source := start(t, dir, "old")
	require.NoError(t, source.serving())
	k := &killed{t: t, dir: dir, source: source, before: source.status(t)}

	for _, moment := range []struct {
		name string
		come func(out string) bool
		want targetState
	}{
		{"after the seal", func(string) bool { return source.status(t).SealedTo != "" }, anyTarget},
		{"before the import has begun", func(out string) bool { return there(out, "IDENTITY") }, neverBegan},
		{"in the middle of the import", func(out string) bool { return there(out, "IDENTITY") && !there(out, "UNFINISHED") }, halfImport},
	} {
		t.Run(moment.name, func(t *testing.T) {
			k.t = t
			out := filepath.Join(dir, strings.ReplaceAll(moment.name, " ", "-"))
			for tries := 0; ; tries++ { // the moment may be over before it is killed
				k.kill(out, moment.come)
				k.requireSourceSealed(out)
				state := k.target(out)
				t.Logf("the target was: %s", state)
				if moment.want == anyTarget || moment.want == state {
					break
				}
				require.Less(t, tries, 10, "it was never killed in time")
				k.remove(out)
			}
			if there(out, "IDENTITY") {
				code, _, stderr := runHere(t, k.command(out)...)
				require.Equal(t, exitError, code, stderr)
				require.Contains(t, stderr, "isn't empty")
				require.Contains(t, stderr, "remove it and repeat")
			}
			k.remove(out)
			again := migrateTo(t, source.grpc, "local", out, filepath.Base(out))
			require.Equal(t, k.before.Digest, again.Digest)
			require.Equal(t, complete, k.target(out))
			k.abort()
		})
	}
}

// largeSnapshot is a file that takes a dozen pieces and more to import.
func largeSnapshot(t *testing.T) string {
	t.Helper()
	store := hosttest.Cluster(t, 1).Store(0)
	hosttest.Fill(t, store)
	for i := range 250 {
		value := strings.Repeat(fmt.Sprint(i%10), 30_000)
		_, err := store.AlterConfigs(t.Context(), metadata.ConfigSpec{
			Resource: metadata.Resource{Type: metadata.ResourceGroup, Name: fmt.Sprint("group-", i)},
			Ops:      []metadata.ConfigOp{{Kind: metadata.ConfigSet, Key: "x.large", Value: &value}},
		})
		require.NoError(t, err)
	}
	path := filepath.Join(t.TempDir(), "large.snapshot")
	var content bytes.Buffer
	_, err := store.Snapshot(t.Context(), &content, host.SnapshotOptions{})
	require.NoError(t, err)
	require.Greater(t, content.Len(), 6<<20)
	require.NoError(t, os.WriteFile(path, content.Bytes(), 0o600))
	return path
}
