// Package peerport is the one port that the nodes of a cluster reach each other
// on, for backends that replicate.
//
// Whoever connects says what for, in one byte, and who it is; both sides may refuse
// the other by name before the engine hears of it: a node of another cluster, one
// that is called the same, one whose certificate is another's, and one that comes
// back with another directory under its old name (Known). With TLS that comes
// first. What is left comes out of a Lane for each Kind, of which a backend has two
// or so: one for its engine, one for what its nodes ask of each other over gRPC
// (Peers). The first byte and the greetings are the wire format, and stay.
//
// A backend calls, in this order: CheckAddresses and OpenTLS, which look at the
// configuration alone; Listen; Serve, which owns the listener; NewPeers. It ends
// with Port.Close, from which on nothing is let in or out, then Peers.Close.
package peerport
