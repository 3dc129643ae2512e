package peerport

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/certs"
)

const day = 24 * time.Hour

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// member is one node's files and what it makes of them.
type member struct {
	*TLS
	t     *testing.T
	files TLSFiles
	log   *bytes.Buffer
	clock time.Time
	mtime time.Time // of what is written next
}

func newCA(t *testing.T) certs.CA {
	t.Helper()
	ca, err := certs.NewCA("CA of "+t.Name(), 100*day, noon)
	require.NoError(t, err)
	return ca
}

func caFile(cas ...certs.CA) []byte {
	var all []byte
	for _, ca := range cas {
		all = append(all, ca.PEM()...)
	}
	return all
}

func issue(t *testing.T, ca certs.CA, name string, now time.Time) certs.Pair {
	t.Helper()
	pair, err := ca.Issue(certs.Node{Name: name, Hosts: []string{"127.0.0.1"}}, 10*day, now)
	require.NoError(t, err)
	return pair
}

// newMember writes the files of a node of ca, without opening them.
func newMember(t *testing.T, ca certs.CA, name string) *member {
	t.Helper()
	dir := t.TempDir()
	m := &member{t: t, log: &bytes.Buffer{}, clock: noon, mtime: noon, files: TLSFiles{
		Cert: filepath.Join(dir, "node.crt"), Key: filepath.Join(dir, "node.key"), CA: filepath.Join(dir, "ca.crt"),
	}}
	m.rotate(issue(t, ca, name, noon))
	m.write(m.files.CA, caFile(ca))
	return m
}

// write replaces a file's content in place, a second after the last one.
func (m *member) write(path string, content []byte) {
	m.t.Helper()
	require.NoError(m.t, os.WriteFile(path, content, 0o600))
	m.mtime = m.mtime.Add(time.Second)
	require.NoError(m.t, os.Chtimes(path, m.mtime, m.mtime))
}

func (m *member) rotate(pair certs.Pair) {
	m.t.Helper()
	m.write(m.files.Cert, pair.Cert)
	m.write(m.files.Key, pair.Key)
}

func (m *member) open() error {
	var err error
	m.TLS, err = OpenTLS(m.files, slog.New(slog.NewTextHandler(m.log, nil)), func() time.Time { return m.clock })
	return err
}

func opened(t *testing.T, ca certs.CA, name string) *member {
	t.Helper()
	m := newMember(t, ca, name)
	require.NoError(t, m.open())
	return m
}

// meeting is how one connection went, as each side saw it.
type meeting struct {
	dialler, listener error
	peer              tls.ConnectionState // of the dialler
}

// meet connects two nodes, of which the first dials host.
func meet(t *testing.T, from, to *tls.Config) meeting {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	served := make(chan error, 1)
	go func() { served <- serveOne(l, to) }()

	raw, err := net.DialTimeout("tcp", l.Addr().String(), 10*time.Second)
	require.NoError(t, err)
	require.NoError(t, raw.SetDeadline(time.Now().Add(10*time.Second)))
	conn := tls.Client(raw, from)
	_, err = io.ReadFull(conn, make([]byte, 2)) // makes the handshake, and learns what the server thinks
	m := meeting{dialler: explainTLS(err), peer: conn.ConnectionState()}
	raw.Close()
	m.listener = explainTLS(<-served)
	return m
}

func serveOne(l net.Listener, config *tls.Config) error {
	raw, err := l.Accept()
	if err != nil {
		return err
	}
	defer raw.Close()
	if err := raw.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return err
	}
	conn := tls.Server(raw, config)
	if _, err = conn.Write([]byte("ok")); err != nil {
		_, drained := io.Copy(io.Discard, raw) // or closing would reset the connection before the alert is read
		return errors.Join(err, drained)
	}
	return nil
}

func requireMet(t *testing.T, from, to *member) meeting {
	t.Helper()
	m := meet(t, from.client("127.0.0.1"), to.server())
	require.NoError(t, m.dialler)
	require.NoError(t, m.listener)
	return m
}

// lines counts the log's lines that contain text.
func (m *member) lines(text string) int {
	n := 0
	for line := range strings.Lines(m.log.String()) {
		if strings.Contains(line, text) {
			n++
		}
	}
	return n
}
