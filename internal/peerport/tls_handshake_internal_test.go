package peerport

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

func TestTLSBothWays(t *testing.T) {
	ca := newCA(t)
	n1, n2 := opened(t, ca, "n1"), opened(t, ca, "n2")
	for _, pair := range [][2]*member{{n1, n2}, {n2, n1}} {
		m := requireMet(t, pair[0], pair[1])
		require.Equal(t, uint16(tls.VersionTLS13), m.peer.Version)
		require.False(t, m.peer.DidResume)
	}
	m := meet(t, n1.client("n2"), n2.server())
	require.NoError(t, m.dialler)
	require.Equal(t, noon.Add(10*day), n1.Expires())
	require.Equal(t, 1, n1.lines("peer certificate loaded"))
}

func TestTLSHostIsVerified(t *testing.T) {
	ca := newCA(t)
	n1, n2 := opened(t, ca, "n1"), opened(t, ca, "n2")
	m := meet(t, n1.client("n3"), n2.server())
	require.ErrorContains(t, m.dialler, "the peer's certificate (n2) isn't for the host that was dialled: issue one that names it")
	require.ErrorContains(t, m.listener, "its log says why")
	require.Error(t, meet(t, n1.client(""), n2.server()).dialler, "nothing to verify against isn't verified")
}

// Each side refuses once, and both sides are told what to do.
func TestTLSForeignCA(t *testing.T) {
	ours, theirs := newCA(t), newCA(t)
	n1, n2 := opened(t, ours, "n1"), opened(t, theirs, "n2")
	m := meet(t, n1.client("127.0.0.1"), n2.server())
	require.ErrorContains(t, m.dialler, "the peer's certificate (n2) comes from a CA that this node doesn't hold: give both nodes certificates of one CA")
	require.Error(t, m.listener)

	n1.write(n1.files.CA, caFile(ours, theirs)) // now it is the listener who refuses
	m = meet(t, n1.client("127.0.0.1"), n2.server())
	require.ErrorContains(t, m.listener, "the peer's certificate (n1) comes from a CA that this node doesn't hold")
	require.ErrorContains(t, m.dialler, "the peer doesn't hold the CA of this node's certificate: give both nodes")

	n2.write(n2.files.CA, caFile(theirs, ours))
	requireMet(t, n1, n2)
}

func TestTLSStrangers(t *testing.T) {
	ca := newCA(t)
	n1 := opened(t, ca, "n1")
	bare := n1.client("127.0.0.1")
	bare.GetClientCertificate = nil
	m := meet(t, bare, n1.server())
	require.ErrorContains(t, m.listener, "the peer has no certificate")
	require.ErrorContains(t, m.dialler, "its log says why")

	old := n1.client("127.0.0.1")
	old.MinVersion, old.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
	require.Error(t, meet(t, old, n1.server()).listener)
	require.NoError(t, explainTLS(nil))
	require.Equal(t, os.ErrClosed, explainTLS(os.ErrClosed))
	require.ErrorContains(t, explainTLS(tls.RecordHeaderError{Msg: "first record"}), "doesn't speak TLS")
}

// Each side's clock counts, and a new certificate mends it without a restart.
func TestTLSExpired(t *testing.T) {
	ca := newCA(t)
	n1, n2 := opened(t, ca, "n1"), opened(t, ca, "n2")
	n1.clock, n2.clock = noon.Add(20*day), noon.Add(20*day)
	n2.rotate(issue(t, ca, "n2", n2.clock))
	m := meet(t, n1.client("127.0.0.1"), n2.server())
	require.ErrorContains(t, m.listener, "the peer's certificate (n1) or its CA is out of its time: replace its files")
	require.ErrorContains(t, m.dialler, "to the peer this node's certificate is out of its time")
	m = meet(t, n2.client("127.0.0.1"), n1.server())
	require.ErrorContains(t, m.dialler, "the peer's certificate (n1) or its CA is out of its time")

	n1.rotate(issue(t, ca, "n1", n1.clock))
	requireMet(t, n1, n2)
	requireMet(t, n2, n1)

	n1.clock = noon.Add(101 * day) // the CA's end
	m = meet(t, n1.client("127.0.0.1"), n2.server())
	require.ErrorContains(t, m.dialler, "or its CA is out of its time")
}

// A node that starts too late or too early says so, and needs no restart.
func TestTLSOpensOutOfTime(t *testing.T) {
	for name, shift := range map[string]int{"late": 20, "early": -20, "after the CA": 101} {
		t.Run(name, func(t *testing.T) {
			ca := newCA(t)
			n1, n2 := newMember(t, ca, "n1"), opened(t, ca, "n2")
			n1.clock = noon.AddDate(0, 0, shift)
			require.NoError(t, n1.open())
			require.Equal(t, 1, n1.lines("level=ERROR"), n1.log)
			require.Contains(t, n1.log.String(), "needs no restart")
			require.Error(t, meet(t, n1.client("127.0.0.1"), n2.server()).dialler)
			n1.clock = noon
			requireMet(t, n1, n2)
		})
	}
}

// A CA that has expired is that, and not a foreign one.
func TestTLSOutlivesItsCA(t *testing.T) {
	m := newMember(t, newCA(t), "n1")
	m.writeElsewhere(x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth)
	require.NoError(t, m.open())
	require.Equal(t, noon.Add(day), m.Expires())
	m.clock = noon.Add(2 * day)
	require.NoError(t, m.open())
	require.Contains(t, m.log.String(), "it or its CA is out of its time")
	met := meet(t, m.client("n1"), m.server())
	require.ErrorContains(t, met.dialler, "the peer's certificate (n1) or its CA is out of its time")
}

func TestTLSOpenNamesTheField(t *testing.T) {
	ca, other := newCA(t), newCA(t)
	foreign := issue(t, other, "n1", noon)
	for name, test := range map[string]struct {
		change      func(*member)
		field, says string
	}{
		"no cert":       {func(m *member) { m.files.Cert = "" }, "tls.cert", "tls needs cert, key and ca"},
		"no key":        {func(m *member) { m.files.Key = "" }, "tls.key", "tls needs cert, key and ca"},
		"no ca":         {func(m *member) { m.files.CA = "" }, "tls.ca", "tls needs cert, key and ca"},
		"absent":        {func(m *member) { m.files.Key += "x" }, "tls.key", "no such file"},
		"a directory":   {func(m *member) { m.files.CA = filepath.Dir(m.files.CA) }, "tls.ca", "isn't a file of PEM"},
		"a device":      {func(m *member) { m.files.CA = "/dev/zero" }, "tls.ca", "isn't a file of PEM"},
		"empty":         {func(m *member) { m.write(m.files.Cert, nil) }, "tls.cert", "holds no certificate"},
		"swapped":       {func(m *member) { m.files.Cert, m.files.Key = m.files.Key, m.files.Cert }, "tls.cert", "only certificates belong"},
		"cert as key":   {func(m *member) { m.files.Key = m.files.Cert }, "tls.key", "no private key"},
		"foreign key":   {func(m *member) { m.write(m.files.Key, foreign.Key) }, "tls.key", "isn't the key of"},
		"foreign pair":  {func(m *member) { m.rotate(foreign) }, "tls.cert", "wasn't issued by a CA in"},
		"leaf as ca":    {func(m *member) { m.files.CA = m.files.Cert }, "tls.ca", `"n1" isn't a CA`},
		"half a bundle": {func(m *member) { m.write(m.files.CA, caFile(ca, other)[:900]) }, "tls.ca", "only 1 of the 2 certificates"},
		"not DER": {func(m *member) {
			m.write(m.files.CA, []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"))
		}, "tls.ca", "certificate 1 in it can't be read"},
		"for servers": {func(m *member) { m.writeElsewhere(x509.ExtKeyUsageServerAuth) }, "tls.cert", "made for both"},
		"huge":        {func(m *member) { m.write(m.files.CA, make([]byte, maxTLSFile+1)) }, "tls.ca", "isn't a file of PEM"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMember(t, ca, "n1")
			test.change(m)
			err := m.open()
			var e *sdk.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, sdk.ReasonInvalidConfig, e.Reason)
			require.Equal(t, test.field, e.Field)
			require.ErrorContains(t, err, test.says)
		})
	}
}
