package certs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Node is whom a certificate is for: its name, and the hosts (DNS names or IP
// addresses, no ports) at which other nodes reach it.
type Node struct {
	Name  string
	Hosts []string
}

var (
	nodeName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$`)
	hostName = regexp.MustCompile(`^(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9])?)*$`)
)

// Check says what is wrong with a name or a host, if anything is. The name is
// also that of files, so it is no path and not that of the CA.
func (n Node) Check() error {
	switch {
	case strings.EqualFold(n.Name, CAName):
		return fmt.Errorf("a node can't be called %q: its files would be those of the CA", n.Name)
	case !nodeName.MatchString(n.Name):
		return fmt.Errorf("%q isn't a node's name: up to 63 letters, digits, dots, dashes and underscores, a letter or digit at both ends", n.Name)
	}
	for _, host := range n.Hosts {
		if net.ParseIP(host) == nil && (len(host) > 253 || !hostName.MatchString(host)) {
			return fmt.Errorf("%q isn't a host: a DNS name or an IP address, without a port", host)
		}
	}
	return nil
}

// Names are what the certificate of n is valid for: its name, then its hosts,
// each once.
func (n Node) Names() []string {
	var names []string
	for _, name := range append([]string{n.Name}, n.Hosts...) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// Issue makes a key and a certificate for n, with which it can be a server and a
// client. It is valid for validFor from now, but never longer than the CA.
func (ca CA) Issue(n Node, validFor time.Duration, now time.Time) (Pair, error) {
	if err := n.Check(); err != nil {
		return Pair{}, err
	}
	if validFor <= 0 {
		return Pair{}, fmt.Errorf("a certificate that is valid for %v is of no use", validFor)
	}
	end := ca.Leaf().NotAfter
	if !now.Before(end) {
		return Pair{}, fmt.Errorf("the CA %q has expired on %s: make a new one in another directory",
			ca.Leaf().Subject.CommonName, end.UTC().Format(time.DateOnly))
	}
	if until := now.Add(validFor); until.Before(end) {
		end = until
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Pair{}, err
	}
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: n.Name},
		NotBefore:             now.Add(-backdate),
		NotAfter:              end,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true,
	}
	for _, name := range n.Names() {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	return sign(template, ca.Leaf(), key, ca.key)
}

// Serves says why the certificate of a pair isn't what n needs from this CA, if
// it isn't: another CA's, expired, or without one of n's names.
func (ca CA) Serves(n Node, leaf *x509.Certificate, now time.Time) error {
	if leaf.CheckSignatureFrom(ca.Leaf()) != nil {
		return fmt.Errorf("was issued by another CA (%q)", leaf.Issuer.CommonName)
	}
	if now.After(leaf.NotAfter) {
		return fmt.Errorf("has expired on %s", leaf.NotAfter.UTC().Format(time.DateOnly))
	}
	held := Hosts(leaf)
	for _, name := range n.Names() {
		if ip := net.ParseIP(name); ip != nil {
			name = ip.String()
		}
		if !slices.ContainsFunc(held, func(h string) bool { return strings.EqualFold(h, name) }) {
			return fmt.Errorf("is for %s and not for %s", strings.Join(held, ", "), name)
		}
	}
	return nil
}

// Hosts are the DNS names and addresses that leaf is valid for.
func Hosts(leaf *x509.Certificate) []string {
	hosts := slices.Clone(leaf.DNSNames)
	for _, ip := range leaf.IPAddresses {
		hosts = append(hosts, ip.String())
	}
	return hosts
}
