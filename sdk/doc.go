// Package sdk is the contract between a host, which knows what metadata means,
// and a backend, which knows how entries are replicated. Each sees the other
// only through the types here.
//
// An author writes one type with three methods (Backend), hands it to
// plugin.Serve, and gets a process, restarts, snapshots, backpressure, logging
// and a judge. To a backend an entry is bytes: it can't tell a topic from a
// barrier, and never needs to.
//
// The rules R1 to R18 that the comments name stand, each with its reason, in
// docs/reference/plugin-contract.md.
package sdk
