package certs

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
)

// Pair is a certificate and its key. It never changes.
type Pair struct {
	Cert []byte            // PEM; of a loaded pair, the whole file
	Key  []byte            // PEM, PKCS #8
	Leaf *x509.Certificate // the one that Key belongs to
}

const (
	certBlock = "CERTIFICATE"
	keyBlock  = "PRIVATE KEY"
)

// sign makes the certificate that template describes, for key, by signer.
func sign(template, parent *x509.Certificate, key, signer *ecdsa.PrivateKey) (Pair, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		return Pair{}, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return Pair{}, err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return Pair{}, err
	}
	return Pair{
		Cert: pem.EncodeToMemory(&pem.Block{Type: certBlock, Bytes: der}),
		Key:  pem.EncodeToMemory(&pem.Block{Type: keyBlock, Bytes: pkcs8}),
		Leaf: leaf,
	}, nil
}

// LoadPair reads NAME.crt and NAME.key of dir. The error matches fs.ErrNotExist
// if neither is there, and is a ConflictError if one is.
func LoadPair(dir, name string) (Pair, error) {
	crt, key := Files(dir, name)
	switch noCrt, noKey := gone(crt), gone(key); {
	case noCrt && !noKey:
		return Pair{}, alone(key, crt)
	case noKey && !noCrt:
		return Pair{}, alone(crt, key)
	}
	certPEM, err := os.ReadFile(crt)
	if err != nil {
		return Pair{}, err
	}
	keyPEM, err := os.ReadFile(key)
	if err != nil {
		return Pair{}, err
	}
	leaf, err := ofKey(certPEM, keyPEM)
	if err != nil {
		return Pair{}, fmt.Errorf("%s and %s: %w", crt, key, err)
	}
	return Pair{Cert: certPEM, Key: keyPEM, Leaf: leaf}, nil
}

// ofKey finds the certificate that the key belongs to.
func ofKey(certPEM, keyPEM []byte) (*x509.Certificate, error) {
	found := false
	for rest := certPEM; ; {
		var block *pem.Block
		block, rest = pem.Decode(rest)
		if block == nil {
			break
		}
		if block.Type != certBlock {
			continue
		}
		found = true
		one := pem.EncodeToMemory(&pem.Block{Type: certBlock, Bytes: block.Bytes})
		if pair, err := tls.X509KeyPair(one, keyPEM); err == nil {
			return x509.ParseCertificate(pair.Certificate[0])
		}
	}
	if !found {
		return nil, errors.New("the first holds no certificate")
	}
	return nil, errors.New("the key isn't that of the certificate, or is no key")
}

func parseKey(keyPEM []byte) (*ecdsa.PrivateKey, error) {
	block, _ := pem.Decode(bytes.TrimSpace(keyPEM))
	if block == nil || block.Type != keyBlock {
		return nil, fmt.Errorf("no %q in PEM", keyBlock)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	signer, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		return nil, errors.New("not an ECDSA key")
	}
	return signer, nil
}
