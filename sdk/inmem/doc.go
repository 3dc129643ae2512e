// Package inmem is the smallest backend that keeps the whole contract, and the
// fake of everyone's tests: one node, or several in one process. A Cluster is a
// log in memory; its nodes read it, each at its own pace.
//
// The log outlives its nodes: one that is opened again gets the latest
// snapshot, if there is one, and every entry above it, whatever its host has
// applied already (R4). When the Cluster is gone, so is everything: nothing is
// claimed to be durable.
//
// A session has two goroutines, both started by Open and ended before Close
// returns: one delivers, one reports status.
package inmem
