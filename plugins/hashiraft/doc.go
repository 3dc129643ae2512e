// Package hashiraft replicates entries with hashicorp/raft: every node is a
// process of its own, a majority of the voters commits, and any of them may lead.
//
// A host reaches it on every node alike. What only the leader can do, the node
// asks of it over the peer port, which Raft shares (port.go): a proposal is
// answered as soon as its entry arrives here or the leader says why it can't.
//
// DESIGN.md says how the library is used and which of its habits are kept away.
package hashiraft
