package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// devFile is what makes a directory one of `metalog dev`.
const devFile = "dev.json"

// devHome is where a development cluster lives, and what it was begun with, which
// is written into the directory if that is kept.
type devHome struct {
	Nodes    int    `json:"nodes"`
	Backend  string `json:"backend"`
	BasePort int    `json:"base_port"`

	dir        string
	options    string
	kept       bool
	nodesGiven bool // by a flag, or by the directory
}

// openHome reads what a kept cluster was begun with; flags may not contradict it, but
// for the backend's path. Without --data-dir it makes a directory that close removes.
func openHome(f devFlags) (*devHome, error) {
	h := &devHome{
		Nodes: f.nodes, Backend: f.backend, BasePort: f.basePort, options: f.options,
		dir: f.dataDir, kept: f.dataDir != "", nodesGiven: f.given("nodes"),
	}
	if f.nodes < 1 {
		return nil, usagef("--nodes: %d is no number of nodes", f.nodes)
	}
	var err error
	if h.Backend, err = startable(h.Backend); err != nil {
		return nil, err
	}
	if h.kept {
		err = h.goOn(f)
	}
	if last := h.BasePort + 10*h.Nodes; err == nil && (h.BasePort < 0 || last > 65535) {
		err = usagef("--base-port: %d nodes from port %d on have ports up to %d, and there are none above 65535", h.Nodes, h.BasePort, last)
	}
	if h.kept || err != nil {
		return h, err
	}
	h.dir, err = os.MkdirTemp("", "metalog-dev-")
	return h, err
}

// goOn takes over what the directory says, if it says anything.
func (h *devHome) goOn(f devFlags) error {
	raw, err := os.ReadFile(filepath.Join(h.dir, devFile))
	if errors.Is(err, fs.ErrNotExist) {
		return h.mustBeEmpty()
	}
	if err != nil {
		return usagef("--data-dir: %w", err)
	}
	var old devHome
	if err := json.Unmarshal(raw, &old); err != nil || old.Nodes < 1 {
		return usagef("--data-dir: %s is damaged. It says what the cluster was begun with, such as "+
			`{"nodes": 3, "backend": "hashiraft", "base_port": 7400}`, filepath.Join(h.dir, devFile))
	}
	switch {
	case f.given("nodes") && h.Nodes != old.Nodes:
		return usagef("%s holds a cluster of %d nodes: leave --nodes out, or choose another --data-dir", h.dir, old.Nodes)
	case f.given("base-port") && h.BasePort != old.BasePort:
		return usagef("the nodes in %s know each other by ports from %d on: leave --base-port out, or choose another --data-dir", h.dir, old.BasePort)
	}
	h.Nodes, h.BasePort, h.nodesGiven = old.Nodes, old.BasePort, true
	if !f.given("backend") {
		h.Backend = old.Backend
	}
	return nil
}

func (h *devHome) mustBeEmpty() error {
	names, err := os.ReadDir(h.dir)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return usagef("--data-dir: %w", err)
	case len(names) > 0:
		return usagef("--data-dir: %s isn't empty and has no %s: it isn't a cluster of metalog dev. Choose another", h.dir, devFile)
	}
	return nil
}

// keep writes down what the cluster is begun with, before there is anything of it.
func (h *devHome) keep() error {
	if !h.kept {
		return nil
	}
	if err := os.MkdirAll(h.dir, 0o700); err != nil {
		return usagef("--data-dir: %w", err)
	}
	raw, err := json.MarshalIndent(h, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(h.dir, devFile)
	if err := os.WriteFile(path+".tmp", append(raw, '\n'), 0o600); err != nil {
		return usagef("--data-dir: %w", err)
	}
	return os.Rename(path+".tmp", path)
}

// close removes what isn't kept.
func (h *devHome) close() error {
	if h.kept {
		return nil
	}
	return os.RemoveAll(h.dir)
}
