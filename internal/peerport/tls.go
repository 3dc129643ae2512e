package peerport

import (
	"crypto/tls"
	"log/slog"
	"sync"
	"time"
)

// TLSFiles are the paths of what a node proves who it is with. All three are
// needed.
type TLSFiles struct {
	Cert string `json:"cert"` // the node's certificate, and what stands between it and the CA
	Key  string `json:"key"`
	CA   string `json:"ca"` // the certificates of all CAs that peers may come from
}

// TLS makes the configurations of connections between nodes: TLS 1.3, each
// side with a certificate of a CA that the other one holds.
//
// The files are looked at before each connection, and read again when one of
// them is another one than before. What can't be used is logged once, and the
// former material stays in use. Any number of goroutines may call it; a call
// blocks for a look at three files. It owns nothing that has to be closed.
type TLS struct {
	files TLSFiles
	log   *slog.Logger
	now   func() time.Time

	mu       sync.Mutex
	used     *material
	seen     stamps // what was read last, whether or not it is used
	untimely bool   // it wasn't used because of its dates, so the next look may end otherwise
}

// OpenTLS reads the files for the first time. The error names the option at
// fault. A certificate out of its time is none: it is logged, since it can be
// replaced without a restart. now is time.Now but in tests.
func OpenTLS(files TLSFiles, log *slog.Logger, now func() time.Time) (*TLS, error) {
	p := &TLS{files: files, log: log, now: now, seen: files.stat()}
	m, err := files.read()
	if err == nil {
		err = m.check(files, now())
	}
	switch {
	case err == nil:
		log.Info("peer certificate loaded", m.attrs(files)...)
	case m != nil && untimely(err):
		log.Error("the peer certificate is out of its time: no node will talk to this one until it is replaced, which needs no restart",
			append(m.attrs(files), "error", err)...)
	default:
		return nil, err
	}
	p.used = m
	return p, nil
}

// server is the configuration to listen with, for as long as the node runs.
func (p *TLS) server() *tls.Config {
	return &tls.Config{
		MinVersion:             tls.VersionTLS13,
		ClientAuth:             tls.RequireAndVerifyClientCert, // of GetConfigForClient's as well; here, should it ever return nil
		Time:                   p.now,
		SessionTicketsDisabled: true,
		GetConfigForClient:     func(*tls.ClientHelloInfo) (*tls.Config, error) { return p.serving(p.current()), nil },
	}
}

func (p *TLS) serving(m *material) *tls.Config {
	return &tls.Config{
		MinVersion:   tls.VersionTLS13,
		Certificates: []tls.Certificate{m.pair},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    m.roots,
		Time:         p.now,
		// A resumed session would be one that nobody verified against the CA of now.
		SessionTicketsDisabled: true,
	}
}

// client is the configuration to dial with, once: the next connection asks
// again. serverName is the host that is dialled, without its port; the peer's
// certificate has to be valid for it.
func (p *TLS) client(serverName string) *tls.Config {
	m := p.current()
	return &tls.Config{
		MinVersion: tls.VersionTLS13,
		// Given whatever the server says it accepts: with none, all that it could
		// say is that one is missing.
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &m.pair, nil },
		RootCAs:              m.roots,
		ServerName:           serverName,
		Time:                 p.now,
	}
}

// Expires is when the first certificate that is in use runs out: the node's own,
// or one that it is verified by.
func (p *TLS) Expires() time.Time { return p.current().expires }

// current is what is in use, after a look at the files.
func (p *TLS) current() *material {
	p.mu.Lock()
	defer p.mu.Unlock()
	found := p.files.stat()
	known := found.same(p.seen)
	if known && !p.untimely {
		return p.used
	}
	p.seen = found
	m, err := p.files.read()
	if err == nil {
		err = m.check(p.files, p.now())
	}
	p.untimely = untimely(err)
	switch {
	case err == nil:
		p.used = m
		p.log.Info("peer certificate reloaded", m.attrs(p.files)...)
	case !known:
		p.log.Warn("peer certificate not reloaded, the former one stays in use: it is tried again when the files change",
			"expires", p.used.expires, "error", err)
	}
	return p.used
}
