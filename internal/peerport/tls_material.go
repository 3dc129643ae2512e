package peerport

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/chronik-stream/metalog/sdk"
)

// material is what the three files held at one moment. It never changes.
type material struct {
	pair    tls.Certificate
	roots   *x509.CertPool
	expires time.Time // of the node's certificate and of the chain that verifies it, the first
}

const maxTLSFile = 1 << 20 // bytes

// read reads and parses the files. What it returns isn't checked yet.
func (f TLSFiles) read() (*material, error) {
	certPEM, err := readTLS("tls.cert", f.Cert)
	if err != nil {
		return nil, err
	}
	keyPEM, err := readTLS("tls.key", f.Key)
	if err != nil {
		return nil, err
	}
	caPEM, err := readTLS("tls.ca", f.CA)
	if err != nil {
		return nil, err
	}
	if _, err := certificates(certPEM); err != nil {
		return nil, badTLS("tls.cert", f.Cert, err)
	}
	if !bytes.Contains(keyPEM, []byte("PRIVATE KEY-----")) {
		return nil, badTLS("tls.key", f.Key, errors.New("it holds no private key in PEM"))
	}
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return nil, badTLS("tls.key", f.Key, fmt.Errorf("it isn't the key of %s: %w", f.Cert, err))
	}
	authorities, err := certificates(caPEM)
	if err != nil {
		return nil, badTLS("tls.ca", f.CA, err)
	}
	m := &material{pair: pair, roots: x509.NewCertPool(), expires: pair.Leaf.NotAfter}
	for _, a := range authorities {
		if !a.IsCA {
			return nil, badTLS("tls.ca", f.CA, fmt.Errorf("%q isn't a CA: name the certificate that issued those of the nodes", a.Subject.CommonName))
		}
		m.roots.AddCert(a)
	}
	return m, nil
}

// certificates parses a file that holds nothing but whole certificates. One that
// is still being written is refused, where Go's own functions would be content
// with its first half.
func certificates(raw []byte) ([]*x509.Certificate, error) {
	var all []*x509.Certificate
	blocks := 0
	for rest := raw; ; blocks++ {
		var block *pem.Block
		block, rest = pem.Decode(rest)
		if block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("it holds a %s where only certificates belong", block.Type)
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("certificate %d in it can't be read: %w", blocks+1, err)
		}
		all = append(all, c)
	}
	switch begun := bytes.Count(raw, []byte("-----BEGIN ")); {
	case begun > blocks:
		return nil, fmt.Errorf("only %d of the %d certificates in it are whole", blocks, begun)
	case blocks == 0:
		return nil, errors.New("it holds no certificate in PEM")
	}
	return all, nil
}

// check says why peers would refuse the certificate, if they would, and sets
// when they will.
func (m *material) check(f TLSFiles, now time.Time) error {
	between := x509.NewCertPool()
	for _, der := range m.pair.Certificate[1:] {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return badTLS("tls.cert", f.Cert, err)
		}
		between.AddCert(c)
	}
	for _, usage := range []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth} {
		chains, err := m.pair.Leaf.Verify(x509.VerifyOptions{
			Roots: m.roots, Intermediates: between, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{usage},
		})
		if err != nil {
			return badTLS("tls.cert", f.Cert, ownFault(f, err))
		}
		for _, c := range chains[0] {
			if c.NotAfter.Before(m.expires) {
				m.expires = c.NotAfter
			}
		}
	}
	return nil
}

// ownFault explains why this node's own certificate isn't good.
func ownFault(f TLSFiles, err error) error {
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	switch {
	case untimely(err):
		return fmt.Errorf("it or its CA is out of its time: replace it (metalog tls init makes one), or set this machine's clock right: %w", err)
	case errors.As(err, &invalid) && invalid.Reason == x509.IncompatibleUsage:
		return fmt.Errorf("a node is both a server and a client, and it isn't made for both: ask its CA for both: %w", err)
	case errors.As(err, &unknown):
		return fmt.Errorf("it wasn't issued by a CA in %s: take both from one CA, or add the CA to that file: %w", f.CA, err)
	}
	return err
}

// untimely reports whether err is about the dates of a certificate or of the CA
// that issued it, and nothing else.
func untimely(err error) bool {
	var invalid x509.CertificateInvalidError
	return errors.As(err, &invalid) && invalid.Reason == x509.Expired
}

func (m *material) attrs(f TLSFiles) []any {
	return []any{"file", f.Cert, "for", m.pair.Leaf.Subject.CommonName, "expires", m.expires}
}

func readTLS(field, path string) ([]byte, error) {
	if path == "" {
		return nil, &sdk.Error{Reason: sdk.ReasonInvalidConfig, Field: field, Message: "missing: tls needs cert, key and ca, each the path of a PEM file"}
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, badTLS(field, path, err)
	case !info.Mode().IsRegular() || info.Size() > maxTLSFile: // a pipe would be waited for, a device never ends
		return nil, badTLS(field, path, errors.New("it isn't a file of PEM"))
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, badTLS(field, path, err)
	}
	return raw, nil
}

func badTLS(field, path string, err error) error {
	return &sdk.Error{Reason: sdk.ReasonInvalidConfig, Field: field, Message: path + " can't be used", Err: err}
}
