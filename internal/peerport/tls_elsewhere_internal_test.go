package peerport

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"

	"github.com/stretchr/testify/require"
)

// writeElsewhere gives m a certificate that we don't make: it outlives its CA,
// which is valid for a day, and is made for usages only.
func (m *member) writeElsewhere(usages ...x509.ExtKeyUsage) {
	t := m.t
	t.Helper()
	authority := &x509.Certificate{
		Subject:   pkix.Name{CommonName: "elsewhere"},
		NotBefore: noon.Add(-day), NotAfter: noon.Add(day), IsCA: true, BasicConstraintsValid: true,
	}
	leaf := &x509.Certificate{
		NotBefore: noon.Add(-day), NotAfter: noon.Add(10 * day), DNSNames: []string{"n1"}, ExtKeyUsage: usages,
	}
	signer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	encode := func(template *x509.Certificate) []byte {
		der, err := x509.CreateCertificate(rand.Reader, template, authority, signer.Public(), signer)
		require.NoError(t, err)
		return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(signer)
	require.NoError(t, err)
	m.write(m.files.CA, append(encode(authority), caFile(newCA(t))...))
	m.write(m.files.Cert, encode(leaf))
	m.write(m.files.Key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
}
