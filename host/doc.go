// Package host serves metadata over a backend.
//
// A Store proposes events to the backend in entries, gets every committed entry
// back, applies it to the state and answers whoever waits for it. It reads from
// memory. It owns the backend's life: it opens one, waits until that ends, backs
// off and opens the next.
//
// The parts, each a type of its own: a queue of events that wait to be proposed,
// a proposer that sends them in groups, waiters that get the answers, a replica
// that applies entries (the only writer of the state), a doorman that compares
// what a backend delivers with what was delivered before, a frame around
// snapshots, a life of sessions, and what nodes hear of each other (witnesses
// and clocks). DESIGN.md has the table.
package host
