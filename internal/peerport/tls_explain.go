package peerport

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
)

// explainTLS adds to a connection's error what an operator can do about it, or
// returns err as it is if it isn't about certificates. It takes nil. Besides
// handshakes, a read can fail so: in TLS 1.3 a client learns only there that the
// server has refused it.
func explainTLS(err error) error {
	if advice := adviceTLS(err); advice != "" {
		return fmt.Errorf("%s: %w", advice, err)
	}
	return err
}

func adviceTLS(err error) string {
	var unverified *tls.CertificateVerificationError
	var op *net.OpError
	var notTLS tls.RecordHeaderError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &unverified):
		return adviceUnverified(unverified)
	case errors.As(err, &op) && op.Op == "remote error":
		return adviceRefused(op.Err.Error())
	case errors.As(err, &notTLS):
		return "the peer doesn't speak TLS: set tls in the options of all nodes, or of none"
	case strings.Contains(err.Error(), "didn't provide a certificate"):
		return "the peer has no certificate: only nodes with one of the cluster's CA may connect"
	}
	return ""
}

// adviceUnverified is for the side that looked at a certificate.
func adviceUnverified(err *tls.CertificateVerificationError) string {
	whose := "the peer's certificate"
	if len(err.UnverifiedCertificates) > 0 {
		whose += nameOf(err.UnverifiedCertificates[0])
	}
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	switch {
	case untimely(err):
		return whose + " or its CA is out of its time: replace its files (metalog tls init makes new ones; no restart is needed), or set the clocks right"
	case errors.As(err, &unknown):
		return whose + " comes from a CA that this node doesn't hold: give both nodes certificates of one CA, or add the peer's CA to the file of tls.ca"
	case errors.As(err, &host):
		return whose + " isn't for the host that was dialled: issue one that names it (metalog tls init --node NAME=HOST,...)"
	}
	return whose + " can't be verified"
}

// nameOf is who a certificate says it is for, in parentheses, or nothing.
func nameOf(c *x509.Certificate) string {
	switch {
	case c.Subject.CommonName != "":
		return fmt.Sprintf(" (%s)", c.Subject.CommonName)
	case len(c.DNSNames) > 0:
		return fmt.Sprintf(" (%s)", c.DNSNames[0])
	}
	return ""
}

// adviceRefused is for the side whose certificate was looked at. All it is told
// is an alert.
func adviceRefused(alert string) string {
	switch alert {
	case "tls: unknown certificate authority":
		return "the peer doesn't hold the CA of this node's certificate: give both nodes certificates of one CA, or add this one's to the file of the peer's tls.ca"
	case "tls: expired certificate":
		return "to the peer this node's certificate is out of its time: replace its files (no restart is needed), or set the clocks right"
	case "tls: bad certificate", "tls: certificate required", "tls: unsupported certificate":
		return "the peer refuses this node's certificate; its log says why"
	}
	return ""
}
