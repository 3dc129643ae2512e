package peerport

import (
	"os"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/certs"
)

const kept = "the former one stays in use"

func TestTLSReloadsANewLeaf(t *testing.T) {
	ca := newCA(t)
	n1, n2 := opened(t, ca, "n1"), opened(t, ca, "n2")
	server := n2.server() // one for the node's whole life
	before := requireMet(t, n1, n2)

	pair := issue(t, ca, "n2", noon)
	n2.rotate(pair)
	after := meet(t, n1.client("127.0.0.1"), server)
	require.NoError(t, after.dialler)
	require.True(t, after.peer.PeerCertificates[0].Equal(pair.Leaf))
	require.False(t, before.peer.PeerCertificates[0].Equal(pair.Leaf))
	require.Equal(t, 1, n2.lines("peer certificate reloaded"))

	requireMet(t, n2, n1)
	requireMet(t, n1, n2)
	require.Equal(t, 1, n2.lines("peer certificate reloaded"), "what hasn't changed isn't read again")
	require.Zero(t, n2.lines(kept))
}

// Replaced by a rename, as tools do it, even with the time and size of before.
func TestTLSReloadsARenamedFile(t *testing.T) {
	ca, other := newCA(t), newCA(t)
	n1 := opened(t, ca, "n1")
	info, err := os.Stat(n1.files.CA)
	require.NoError(t, err)
	swap := n1.files.CA + ".new"
	bundle := append(caFile(ca), caFile(other)...)
	require.NoError(t, os.WriteFile(swap, bundle, 0o600))
	require.NoError(t, os.Chtimes(swap, info.ModTime(), info.ModTime()))
	require.NoError(t, os.Rename(swap, n1.files.CA))
	n2 := opened(t, other, "n2")
	n2.write(n2.files.CA, bundle)
	requireMet(t, n2, n1)
}

// From one CA to another, with connections between all nodes at each step.
func TestTLSRotatesTheCA(t *testing.T) {
	old, next := newCA(t), newCA(t)
	nodes := []*member{opened(t, old, "n1"), opened(t, old, "n2")}
	requireAll := func() {
		requireMet(t, nodes[0], nodes[1])
		requireMet(t, nodes[1], nodes[0])
	}
	for _, step := range []func(*member, string){
		func(m *member, _ string) { m.write(m.files.CA, caFile(old, next)) },
		func(m *member, name string) { m.rotate(issue(m.t, next, name, noon)) },
		func(m *member, _ string) { m.write(m.files.CA, caFile(next)) },
	} {
		for i, name := range []string{"n1", "n2"} {
			step(nodes[i], name)
			requireAll()
		}
	}
	stale := opened(t, old, "n3")
	require.Error(t, meet(t, stale.client("127.0.0.1"), nodes[0].server()).listener, "the old CA is trusted no more")
	require.Error(t, meet(t, nodes[0].client("127.0.0.1"), stale.server()).dialler)
}

// What can't be used leaves the former in use, says why once, and is over as
// soon as the files are whole.
func TestTLSKeepsTheFormer(t *testing.T) {
	ca, other := newCA(t), newCA(t)
	expired := issue(t, ca, "n1", noon.Add(-20*day))
	for name, test := range map[string]struct {
		spoil func(*member)
		why   string
	}{
		"half a certificate": {func(m *member) { m.write(m.files.Cert, issue(m.t, ca, "n1", noon).Cert[:300]) }, "only 0 of the 1 certificates"},
		"no key yet":         {func(m *member) { m.write(m.files.Cert, issue(m.t, ca, "n1", noon).Cert) }, "isn't the key of"},
		"half a bundle":      {func(m *member) { m.write(m.files.CA, caFile(other, ca)[:900]) }, "only 1 of the 2"},
		"an empty CA":        {func(m *member) { m.write(m.files.CA, nil) }, "no certificate in PEM"},
		"another CA":         {func(m *member) { m.write(m.files.CA, caFile(other)) }, "wasn't issued by a CA in"},
		"a foreign leaf":     {func(m *member) { m.rotate(issue(m.t, other, "n1", noon)) }, "wasn't issued by a CA in"},
		"an expired leaf":    {func(m *member) { m.rotate(expired) }, "out of its time"},
		"removed":            {func(m *member) { require.NoError(m.t, os.Remove(m.files.Key)) }, "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			n1, n2 := opened(t, ca, "n1"), opened(t, ca, "n2")
			first := requireMet(t, n2, n1).peer.PeerCertificates[0]
			test.spoil(n1)
			for range 3 {
				require.True(t, requireMet(t, n2, n1).peer.PeerCertificates[0].Equal(first))
				requireMet(t, n1, n2)
			}
			require.Equal(t, 1, n1.lines(kept), n1.log)
			require.Contains(t, n1.log.String(), test.why)

			pair := issue(t, ca, "n1", noon)
			n1.rotate(pair)
			n1.write(n1.files.CA, caFile(ca))
			require.True(t, requireMet(t, n2, n1).peer.PeerCertificates[0].Equal(pair.Leaf))
			require.Equal(t, 1, n1.lines("peer certificate reloaded"))
		})
	}
}

// A certificate that comes early is used once its time has come, though its file
// hasn't changed since.
func TestTLSTakesAnEarlyLeafInTime(t *testing.T) {
	ca := newCA(t)
	n1, n2 := opened(t, ca, "n1"), opened(t, ca, "n2")
	early := issue(t, ca, "n1", noon.Add(5*day))
	n1.rotate(early)
	for range 3 {
		require.False(t, requireMet(t, n2, n1).peer.PeerCertificates[0].Equal(early.Leaf))
	}
	require.Equal(t, 1, n1.lines(kept))
	n1.clock, n2.clock = noon.Add(6*day), noon.Add(6*day)
	require.True(t, requireMet(t, n2, n1).peer.PeerCertificates[0].Equal(early.Leaf))
}

func TestTLSReloadsForMany(t *testing.T) {
	ca := newCA(t)
	n1 := opened(t, ca, "n1")
	pairs := []certs.Pair{issue(t, ca, "n1", noon), issue(t, ca, "n1", noon)}
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for range 50 {
				config, err := n1.server().GetConfigForClient(nil)
				if err != nil || len(config.Certificates) != 1 || config.ClientCAs == nil || n1.client("n1").RootCAs == nil {
					t.Error("a connection without certificates", err)
				}
			}
		})
	}
	for i := range 20 {
		n1.rotate(pairs[i%2])
	}
	readers.Wait()
	require.True(t, n1.current().pair.Leaf.Equal(pairs[1].Leaf))
}
