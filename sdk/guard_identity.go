package sdk

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

const identityName = "IDENTITY"

// identity is the content of IDENTITY, as JSON. The zero value: there is none.
type identity struct {
	ClusterID  string `json:"cluster_id"`
	NodeID     string `json:"node_id"`
	Directory  string `json:"directory"` // a UUID: tells a directory from its replacement
	Plugin     string `json:"plugin"`
	DataFormat uint32 `json:"data_format"`
	Address    string `json:"address,omitempty"`
	Peers      []Peer `json:"peers,omitempty"`
	Start      string `json:"start"`         // what the next Open finds
	Sum        string `json:"sum,omitempty"` // CRC-32C of this JSON without it
}

func (i identity) isZero() bool { return i.Directory == "" }

// InitDirectory makes cfg.DataDir the directory of node cfg.NodeID of cluster
// cfg.ClusterID, to be opened with cfg.Start, StartNew or StartJoin. It refuses
// a directory that holds anything. An empty ClusterID gets a new id. It is
// what an operator's explicit init calls; Guard does the rest.
func InitDirectory(cfg Config, id Identity) error {
	return initDirectory(cfg, id, func() error { return nil })
}

// initDirectory does first in a directory that holds nothing yet, and then makes it
// cfg's.
func initDirectory(cfg Config, id Identity, first func() error) error {
	there, err := isDirectory(cfg.DataDir)
	if err != nil {
		return err
	}
	if !there {
		if err := makeDirectory(cfg.DataDir); err != nil {
			return notWritable(cfg.DataDir, err)
		}
	}
	l, err := takeLock(cfg.DataDir)
	if err != nil {
		return err
	}
	return errors.Join(initLocked(cfg, id, first), l.release())
}

func initLocked(cfg Config, id Identity, first func() error) error {
	if cfg.Start != StartNew && cfg.Start != StartJoin {
		return &Error{Reason: ReasonInvalidConfig, Field: "start", Message: "a directory is made for new or join, not for " + cfg.Start.String()}
	}
	if err := vacant(cfg.DataDir); err != nil {
		return err
	}
	ident, err := newIdentity(cfg, id)
	if err != nil {
		return err
	}
	if err := first(); err != nil {
		return notWritable(cfg.DataDir, err)
	}
	return ident.write(cfg.DataDir)
}

func newIdentity(cfg Config, id Identity) (identity, error) {
	if cfg.NodeID == "" {
		return identity{}, &Error{Reason: ReasonInvalidConfig, Field: "node_id", Message: "a new data directory needs the name of its node"}
	}
	if cfg.ClusterID == "" {
		cfg.ClusterID = newUUID()
	}
	return identity{
		ClusterID: cfg.ClusterID, NodeID: cfg.NodeID, Directory: newUUID(),
		Plugin: id.Plugin, DataFormat: id.DataFormat, Start: cfg.Start.String(),
		Address: cfg.Address, Peers: cfg.Peers,
	}, nil
}

// check refuses a directory that isn't cfg's and id's. What cfg leaves empty
// fits any.
func (i identity) check(cfg Config, id Identity) error {
	dir := cfg.DataDir
	switch {
	case i.Plugin != id.Plugin:
		return wrongData("%s was written by backend %q, not %q: choose the other backend, or another directory", dir, i.Plugin, id.Plugin)
	case cfg.ClusterID != "" && i.ClusterID != cfg.ClusterID:
		return wrongData("%s belongs to cluster %q, not %q: correct the cluster id, or choose another directory", dir, i.ClusterID, cfg.ClusterID)
	case cfg.NodeID != "" && i.NodeID != cfg.NodeID:
		return wrongData("%s belongs to node %q, not %q: correct the node id, or choose another directory", dir, i.NodeID, cfg.NodeID)
	case i.DataFormat > id.DataFormat:
		return wrongData("%s has data format %d, and this version of backend %q knows up to %d: upgrade the backend", dir, i.DataFormat, id.Plugin, id.DataFormat)
	}
	return nil
}

// fill tells the backend whose directory it opens. The ids and Start are the
// directory's own; addresses are those it was made with, unless cfg has others.
func (i identity) fill(cfg *Config) {
	cfg.ClusterID, cfg.NodeID, cfg.Start, cfg.Directory = i.ClusterID, i.NodeID, i.start(), i.Directory
	if cfg.Address == "" {
		cfg.Address = i.Address
	}
	if cfg.Peers == nil {
		cfg.Peers = slices.Clone(i.Peers)
	}
}

func (i identity) start() Start {
	for _, s := range []Start{StartNew, StartJoin, StartRestart} {
		if s.String() == i.Start {
			return s
		}
	}
	return 0
}

func (i identity) encode() []byte {
	b, err := json.MarshalIndent(i, "", "  ")
	if err != nil {
		panic(err) // strings and a number
	}
	return append(b, '\n')
}

func (i identity) sum() string {
	i.Sum = ""
	return fmt.Sprintf("%08x", crc32.Checksum(i.encode(), crc32.MakeTable(crc32.Castagnoli)))
}

// write puts i in place durably, whole or not at all.
func (i identity) write(dir string) error {
	i.Sum = i.sum()
	path := filepath.Join(dir, identityName)
	if err := replaceFile(path, i.encode()); err != nil {
		return notWritable(dir, err)
	}
	return nil
}

// readIdentity returns the zero identity if there is none.
func readIdentity(dir string) (identity, error) {
	var i identity
	path := filepath.Join(dir, identityName)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return i, nil
	}
	if err != nil {
		return i, &Error{Reason: ReasonInternal, Message: "read " + path, Err: err}
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	err = d.Decode(&i)
	if err == nil && (i.Sum != i.sum() || i.start() == 0) {
		err = errors.New("its sum is wrong")
	}
	if err != nil {
		return identity{}, &Error{
			Reason: ReasonCorrupt, Err: err,
			Message: path + " is damaged, or was changed by hand; restore it from a backup, nothing was changed",
		}
	}
	i.Sum = ""
	return i, nil
}

func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
