// Package metadata is the state of a Kafka-like streaming system as a pure
// state machine: the same events give the same state, byte for byte, on every
// node and behind every backend.
//
// An event is a command (G1): Apply alone decides what it does, from the state
// and the event and nothing else. There is no clock here, no randomness, no
// goroutine, no lock, no I/O and no log; time and ids come inside the event.
//
// A State is immutable. A Draft is a private copy that events are applied to,
// frozen into the next State. Records handed out are shared: nobody changes
// one, ever (G12).
//
// The rules G1 to G15 and the rows T1, B1 and so on that the comments name
// stand in docs/reference/metadata-contract.md.
package metadata
