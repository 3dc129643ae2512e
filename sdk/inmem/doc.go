// Package inmem is the smallest backend that keeps the whole contract, and the
// fake of everyone's tests: one node, or several in one process. A Cluster is a
// log in memory; its nodes read it, each at its own pace.
//
// The log outlives its nodes: one that is opened again gets the latest
// snapshot, if there is one, and every entry above it, whatever its host has
// applied already (R4). When the Cluster is gone, so is everything: nothing is
// claimed to be durable.
//
// A cluster with named voters is a whole one: it has a leader and its term, and
// does nothing without a majority; its members change, its leadership moves,
// its nodes are killed, and its network is cut. There are no elections to wait
// for: each such change has had its effect when the call returns, and the first
// voter in the order of members that can lead does, once the leader can't. What
// a node that reaches no leader has, it goes on delivering, but it gets no more.
//
// A session has two goroutines, both started by Open and ended before Close
// returns: one delivers, one reports status.
package inmem
