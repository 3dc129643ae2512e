package certs_test

import (
	"crypto/x509"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/certs"
)

const day = 24 * time.Hour

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func newCA(t *testing.T) certs.CA {
	t.Helper()
	ca, err := certs.NewCA("test CA", 100*day, noon)
	require.NoError(t, err)
	return ca
}

func TestIssuedCertificateServesAndDials(t *testing.T) {
	ca := newCA(t)
	pair, err := ca.Issue(certs.Node{Name: "n2", Hosts: []string{"host1", "127.0.0.1", "::1", "*.pods.example", "n2"}}, 10*day, noon)
	require.NoError(t, err)
	require.Equal(t, []string{"n2", "host1", "*.pods.example", "127.0.0.1", "::1"}, certs.Hosts(pair.Leaf))

	roots := x509.NewCertPool()
	roots.AddCert(ca.Leaf())
	for _, usage := range []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth} {
		for _, host := range []string{"n2", "host1", "127.0.0.1", "::1", "a.pods.example"} {
			_, err := pair.Leaf.Verify(x509.VerifyOptions{
				Roots: roots, DNSName: host, CurrentTime: noon.Add(9 * day), KeyUsages: []x509.ExtKeyUsage{usage},
			})
			require.NoError(t, err, host)
		}
	}
	_, err = pair.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: "n1", CurrentTime: noon})
	require.ErrorAs(t, err, &x509.HostnameError{})
	require.False(t, pair.Leaf.IsCA)
}

func TestValidity(t *testing.T) {
	ca := newCA(t)
	pair, err := ca.Issue(certs.Node{Name: "n1"}, 10*day, noon)
	require.NoError(t, err)
	require.Equal(t, noon.Add(10*day), pair.Leaf.NotAfter)
	require.True(t, pair.Leaf.NotBefore.Before(noon), "a node whose clock is behind has to be able to use it")

	pair, err = ca.Issue(certs.Node{Name: "n1"}, 1000*day, noon)
	require.NoError(t, err)
	require.Equal(t, ca.Leaf().NotAfter, pair.Leaf.NotAfter)

	_, err = ca.Issue(certs.Node{Name: "n1"}, day, noon.Add(100*day))
	require.ErrorContains(t, err, "has expired on 2026-08-09")
	_, err = ca.Issue(certs.Node{Name: "n1"}, 0, noon)
	require.ErrorContains(t, err, "of no use")
	_, err = certs.NewCA("x", -day, noon)
	require.ErrorContains(t, err, "of no use")
}

func TestNamesAreChecked(t *testing.T) {
	for _, name := range []string{"", "ca", "CA", "../n1", "a/b", ".n1", "n1.", "n 1", "n1\x00", "ü"} {
		require.Error(t, certs.Node{Name: name}.Check(), name)
	}
	for _, host := range []string{"", "h:1", "[::1]", "fe80::1%eth0", "h_", "h..x", "*", "a.*.b", "h/x", "-h"} {
		require.ErrorContains(t, certs.Node{Name: "n1", Hosts: []string{host}}.Check(), "isn't a host", host)
	}
	require.NoError(t, certs.Node{Name: "n_1.a-b", Hosts: []string{"a.b", "_x.y", "10.0.0.1", "fe80::1"}}.Check())
	_, err := newCA(t).Issue(certs.Node{Name: "a/b"}, day, noon)
	require.Error(t, err)
}

func TestSavedAndLoaded(t *testing.T) {
	ca, dir := newCA(t), filepath.Join(t.TempDir(), "certs")
	_, err := certs.LoadCA(dir)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NoError(t, ca.Save(dir))
	loaded, err := certs.LoadCA(dir)
	require.NoError(t, err)
	require.True(t, loaded.Leaf().Equal(ca.Leaf()))

	pair, err := loaded.Issue(certs.Node{Name: "n1"}, day, noon)
	require.NoError(t, err)
	require.NoError(t, pair.Save(dir, "n1"))
	again, err := certs.LoadPair(dir, "n1")
	require.NoError(t, err)
	require.Equal(t, pair.Cert, again.Cert)
	require.NoError(t, ca.Serves(certs.Node{Name: "n1"}, again.Leaf, noon))

	for name, mode := range map[string]fs.FileMode{"": 0o700, "ca.key": 0o600, "n1.key": 0o600, "ca.crt": 0o644, "n1.crt": 0o644} {
		info, err := os.Stat(filepath.Join(dir, name))
		require.NoError(t, err)
		require.Equal(t, mode, info.Mode().Perm(), name)
	}
}

// A file that is there stays as it is, whichever of the two it is, and nothing
// is left beside it.
func TestNothingIsOverwritten(t *testing.T) {
	for _, there := range []string{"ca.crt", "ca.key"} {
		dir := t.TempDir()
		path := filepath.Join(dir, there)
		require.NoError(t, os.WriteFile(path, []byte("mine"), 0o600))
		err := newCA(t).Save(dir)
		var conflict *certs.ConflictError
		require.ErrorAs(t, err, &conflict)
		require.Equal(t, path, conflict.Path)
		require.ErrorContains(t, err, path+" is there already")
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, "mine", string(content))
		files, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Len(t, files, 1)

		_, err = certs.LoadCA(dir)
		require.ErrorAs(t, err, &conflict)
		require.Equal(t, path, conflict.Path)
	}
}

// After a CA was rotated, ca.crt holds both and ca.key is the newer one's.
func TestLoadCAFindsTheKeysCertificate(t *testing.T) {
	older, newer, dir := newCA(t), newCA(t), t.TempDir()
	require.NoError(t, newer.Save(dir))
	both := t.TempDir()
	require.NoError(t, older.Save(both))
	bundle := join(t, filepath.Join(both, "ca.crt"), filepath.Join(dir, "ca.crt"))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "ca.crt"), bundle, 0o644))
	ca, err := certs.LoadCA(dir)
	require.NoError(t, err)
	require.True(t, ca.Leaf().Equal(newer.Leaf()))

	key := join(t, filepath.Join(both, "ca.key"))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "ca.key"), key, 0o600))
	ca, err = certs.LoadCA(dir)
	require.NoError(t, err)
	require.True(t, ca.Leaf().Equal(older.Leaf()))
}

func join(t *testing.T, paths ...string) []byte {
	t.Helper()
	var all []byte
	for _, path := range paths {
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		all = append(all, content...)
	}
	return all
}

func TestLoadRefusesWhatIsNoCA(t *testing.T) {
	ca, dir := newCA(t), t.TempDir()
	pair, err := ca.Issue(certs.Node{Name: "n1"}, day, noon)
	require.NoError(t, err)
	require.NoError(t, pair.Save(dir, "ca"))
	_, err = certs.LoadCA(dir)
	require.ErrorContains(t, err, "isn't the certificate of a CA")

	for content, want := range map[string]string{"": "holds no certificate", string(pair.Key): "holds no certificate", string(pair.Cert): "isn't that of"} {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "ca.crt"), []byte(content), 0o600))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "ca.key"), []byte("no key"), 0o600))
		_, err = certs.LoadCA(dir)
		require.ErrorContains(t, err, want)
	}
}

func TestServes(t *testing.T) {
	ca, n := newCA(t), certs.Node{Name: "n1", Hosts: []string{"h1", "0:0::1"}}
	pair, err := ca.Issue(n, day, noon)
	require.NoError(t, err)
	require.Equal(t, net.IPv6loopback.String(), pair.Leaf.IPAddresses[0].String())
	require.NoError(t, ca.Serves(n, pair.Leaf, noon))
	require.NoError(t, ca.Serves(certs.Node{Name: "n1"}, pair.Leaf, noon))
	require.ErrorContains(t, ca.Serves(certs.Node{Name: "n1", Hosts: []string{"h2"}}, pair.Leaf, noon), "is for n1, h1, ::1 and not for h2")
	require.ErrorContains(t, ca.Serves(n, pair.Leaf, noon.Add(2*day)), "has expired on 2026-05-02")
	require.ErrorContains(t, newCA(t).Serves(n, pair.Leaf, noon), "issued by another CA")
}
