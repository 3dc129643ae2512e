package main

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/chronik-stream/metalog/internal/certs"
)

// certView is a certificate as it is printed.
type certView struct {
	Name    string    `json:"name"`
	Result  string    `json:"result"` // made or kept
	Hosts   []string  `json:"hosts,omitempty"`
	Expires time.Time `json:"expires"`
	Cert    string    `json:"cert"`
	Key     string    `json:"key"`
}

// tlsView is what a directory of certificates holds, as far as it was asked for.
type tlsView struct {
	CA    certView   `json:"ca"`
	Nodes []certView `json:"nodes"`
}

// nodeCert is the certificate of one node, made or kept.
type nodeCert struct {
	name string
	pair certs.Pair
	made bool
}

// initTLS looks at everything before it makes anything, so that what is in the
// way leaves no half of a set behind.
func (c *cli) initTLS(f *tlsFlags) error {
	nodes, err := f.parse()
	if err != nil {
		return err
	}
	now := time.Now()
	ca, newCA, err := f.authority(now)
	if err != nil {
		return tlsFailure(err)
	}
	made, err := f.certificates(ca, nodes, now)
	if err != nil {
		return tlsFailure(err)
	}
	if newCA {
		if err := ca.Save(f.dir); err != nil {
			return tlsFailure(err)
		}
	}
	view := tlsView{CA: viewCert(f.dir, certs.CAName, ca.Leaf(), newCA)}
	for _, n := range made {
		if n.made {
			if err := n.pair.Save(f.dir, n.name); err != nil {
				return tlsFailure(err)
			}
		}
		view.Nodes = append(view.Nodes, viewCert(f.dir, n.name, n.pair.Leaf, n.made))
	}
	err = c.show(view, func() { c.showCerts(view) })
	c.noteTLS(view, now.AddDate(0, 0, f.days))
	return err
}

// authority is the CA of the directory, or a new one that isn't saved yet.
func (f *tlsFlags) authority(now time.Time) (ca certs.CA, isNew bool, err error) {
	ca, err = certs.LoadCA(f.dir)
	if !errors.Is(err, fs.ErrNotExist) {
		return ca, false, err
	}
	ca, err = certs.NewCA("metalog CA "+now.UTC().Format(time.DateOnly), days(f.caDays), now)
	return ca, true, err
}

// certificates issues what is missing, without saving it, and reads the rest.
func (f *tlsFlags) certificates(ca certs.CA, nodes []certs.Node, now time.Time) ([]nodeCert, error) {
	var all []nodeCert
	for _, n := range nodes {
		pair, err := certs.LoadPair(f.dir, n.Name)
		missing := errors.Is(err, fs.ErrNotExist)
		if missing {
			pair, err = ca.Issue(n, days(f.days), now)
		}
		if err != nil {
			return nil, err
		}
		if wrong := ca.Serves(n, pair.Leaf, now); wrong != nil {
			crt, _ := certs.Files(f.dir, n.Name)
			return nil, &certs.ConflictError{Path: crt, Problem: fmt.Sprintf(
				"%v, and nothing is overwritten: move it and its key away to have another one made", wrong)}
		}
		all = append(all, nodeCert{name: n.Name, pair: pair, made: missing})
	}
	return all, nil
}

func tlsFailure(err error) error {
	if _, conflict := errors.AsType[*certs.ConflictError](err); conflict {
		return &failure{code: exitConflict, err: err}
	}
	return &failure{code: exitError, err: err}
}

func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }

func viewCert(dir, name string, leaf *x509.Certificate, made bool) certView {
	v := certView{Name: name, Result: "kept", Hosts: certs.Hosts(leaf), Expires: leaf.NotAfter.UTC()}
	v.Cert, v.Key = certs.Files(dir, name)
	if made {
		v.Result = "made"
	}
	return v
}

func (c *cli) showCerts(view tlsView) {
	var rows []table.Row
	for _, v := range append([]certView{view.CA}, view.Nodes...) {
		rows = append(rows, table.Row{v.Name, v.Result, v.Expires.Format(time.DateOnly), v.Cert, v.Key, strings.Join(v.Hosts, ",")})
	}
	c.table(table.Row{"NAME", "RESULT", "EXPIRES", "CERTIFICATE", "KEY", "VALID FOR"}, rows)
}

// noteTLS says how a node is told of its files. until is how long a new
// certificate was meant to be valid.
func (c *cli) noteTLS(view tlsView, until time.Time) {
	if view.CA.Expires.Before(until.Add(-time.Minute)) {
		c.note("The CA expires on %s, and so does what it issues now, whatever --days says: make a new CA in another directory in time.",
			view.CA.Expires.Format(time.DateOnly))
	}
	n := view.Nodes[0]
	options, err := json.Marshal(map[string]any{"tls": map[string]string{
		"ca": absolute(view.CA.Cert), "cert": absolute(n.Cert), "key": absolute(n.Key),
	}})
	if err != nil {
		return // strings alone always encode
	}
	c.note("\nNext: give each node %s and its own two files, and keep %s to yourself. Node %s is told by\n  --backend-options %s",
		view.CA.Cert, view.CA.Key, n.Name, quote(string(options)))
}

// absolute is path for a process that may run elsewhere.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}
