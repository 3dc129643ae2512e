package certs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"time"
)

// CAName is what the files of a CA are called before their extension.
const CAName = "ca"

// backdate is how far a certificate's validity begins before its making, so
// that a node whose clock is behind can use it at once.
const backdate = time.Hour

// CA is a certificate authority with its key. It never changes.
type CA struct {
	pair Pair
	key  *ecdsa.PrivateKey
}

// NewCA makes a CA that is valid until now+validFor. It exists in memory only
// until it is saved.
func NewCA(name string, validFor time.Duration, now time.Time) (CA, error) {
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             now.Add(-backdate),
		NotAfter:              now.Add(validFor),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLenZero:        true, // it issues to nodes, never to another CA
	}
	if validFor <= 0 {
		return CA{}, fmt.Errorf("a CA that is valid for %v is of no use", validFor)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return CA{}, err
	}
	pair, err := sign(template, template, key, key)
	return CA{pair: pair, key: key}, err
}

// LoadCA reads the CA of dir. If ca.crt holds several certificates, the CA is
// the one that ca.key belongs to. The error matches fs.ErrNotExist if dir holds
// neither file, and is a ConflictError if it lacks one of them.
func LoadCA(dir string) (CA, error) {
	crt, key := Files(dir, CAName)
	pair, err := LoadPair(dir, CAName)
	var half *ConflictError
	if errors.As(err, &half) && half.Path == crt {
		return CA{}, &ConflictError{Path: crt, Problem: fmt.Sprintf(
			"is there, but %s isn't: without the key nothing can be issued. Put it there, or choose another directory for a new CA", key)}
	}
	if err != nil {
		return CA{}, err
	}
	if !pair.Leaf.IsCA {
		return CA{}, fmt.Errorf("%s isn't the certificate of a CA", crt)
	}
	signer, err := parseKey(pair.Key)
	if err != nil {
		return CA{}, fmt.Errorf("%s: %w", key, err)
	}
	return CA{pair: pair, key: signer}, nil
}

// Save writes ca.crt and ca.key into dir, which it makes if need be.
func (ca CA) Save(dir string) error { return ca.pair.Save(dir, CAName) }

// Leaf is the CA's own certificate. The caller doesn't change it.
func (ca CA) Leaf() *x509.Certificate { return ca.pair.Leaf }

// PEM is the CA's certificate without its key, as nodes hold it. The caller
// doesn't change it.
func (ca CA) PEM() []byte { return ca.pair.Cert }
