// Package dragonboat replicates entries with lni/dragonboat: every node is a process
// of its own with one replica of one shard; a majority of the voters commits, and any
// of them may lead.
//
// The library runs on a log, a transport and a file system of ours: on the checked
// log of internal/boltlog, over the peer port, with its snapshots in the data
// directory and nothing else beside them.
//
// DESIGN.md says how the library is used and which of its habits are kept away.
package dragonboat
