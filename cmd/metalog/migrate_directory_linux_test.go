package main

import (
	"encoding/json"
	"net"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// A stopped node that is all of its cluster moves from its directory. Once another has
// joined it, its directory alone may lack what was acknowledged, and is refused.
func TestMigrateFromADirectory(t *testing.T) {
	for _, backend := range migrateVia {
		t.Run(backend, func(t *testing.T) {
			dir := t.TempDir()
			local := start(t, dir, "local")
			require.NoError(t, local.serving())
			made := remember(t, local.grpc, "made")
			before := local.status(t)
			require.NoError(t, local.stop())

			n1 := filepath.Join(dir, "n1")
			moved := migrateTo(t, filepath.Join(dir, "local"), backend, n1, "n1", "--address", freeAddress(t))
			require.Equal(t, before.Digest, moved.Digest)
			require.Equal(t, before.Cluster, moved.Cluster)
			moved = migrateTo(t, n1, "local", filepath.Join(dir, "back"), "back")
			require.Equal(t, before.Digest, moved.Digest)
			require.Equal(t, before.Cluster, moved.Cluster)
			back := start(t, dir, "back")
			require.NoError(t, back.serving())
			made.requireRepeated(t, back.grpc)
			require.NoError(t, back.stop())

			code, stdout, stderr := runHere(t, "backend", "migrate", "--abort", "--from", n1)
			require.Equal(t, exitOK, code, stderr)
			require.Contains(t, stdout, "takes writes again · revision 1")
			p := start(t, dir, "n1", "--backend", backend)
			require.NoError(t, p.serving())
			joined := join(t, dir, p, backend, "n2")
			next := remember(t, joined.grpc, "next")
			requireArrived(t, next.written.Revision, joined.status(t).Digest, p, joined)
			require.NoError(t, joined.stop())
			require.NoError(t, p.stop())
			for name, other := range map[string]string{"n1": "n2", "n2": "n1"} {
				code, _, stderr = runHere(t, "backend", "migrate", "--from", filepath.Join(dir, name), "--to", "local",
					"--out", filepath.Join(dir, "never"), "--node-id", "never")
				require.Equal(t, exitConflict, code, stderr)
				require.Contains(t, stderr, "is of one node of several ("+other+" is another)")
				require.Contains(t, stderr, "Start the cluster, and name the address of a node")
			}
			require.NoDirExists(t, filepath.Join(dir, "never"))
		})
	}
}

// A target that can't be opened leaves the source sealed, says how to go on and how to
// go back; done again, it goes on with that seal.
func TestMigrationGoesOnAfterAFailure(t *testing.T) {
	dir := t.TempDir()
	source := start(t, dir, "old")
	require.NoError(t, source.serving())
	remember(t, source.grpc, "made")
	before := source.status(t)
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer busy.Close()
	out := filepath.Join(dir, "n1")
	args := []string{
		"backend", "migrate", "--from", source.grpc, "--to", "hashiraft", "--out", out, "--node-id", "n1",
		"--address", "127.0.0.1:1", "--progress", "json",
	}
	code, stdout, stderr := runHere(t, append(args, "--listen-peer", busy.Addr().String())...)
	require.Equal(t, exitError, code, stderr)
	require.Empty(t, stdout)
	require.Contains(t, stderr, "node n1 hasn't got the state: ")
	require.Contains(t, stderr, "Remove "+out+" and repeat")
	require.Contains(t, stderr, "stays sealed until this is repeated or the seal is lifted: metalog backend migrate --abort --from "+source.grpc)
	require.Contains(t, source.status(t).SealedTo, out)
	code, _, stderr = runHere(t, args...)
	require.Equal(t, exitError, code, stderr)
	require.Contains(t, stderr, "remove it and repeat")

	(&killed{t: t}).remove(out)
	code, stdout, stderr = runHere(t, append(args, "--listen-peer", freeAddress(t), "-o", "json")...)
	require.Equal(t, exitOK, code, stderr)
	var view filledView
	require.NoError(t, json.Unmarshal([]byte(stdout), &view))
	require.Equal(t, before.Digest, view.Digest)
	require.Equal(t, "127.0.0.1:1", view.Address)
	require.Contains(t, stderr, "start it: metalog server --backend hashiraft --node-id n1 --data-dir "+out+" --listen-peer 127.0.0.1:")
}
