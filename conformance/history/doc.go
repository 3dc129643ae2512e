// Package history judges what was written and read against what was applied.
//
// A harness records a History while it disturbs a cluster: every write with its
// outcome, every read with the position that it saw, and a tap of what each node
// applied. Judge holds the promises against it in O(n log n), and says in one
// sentence what was broken where. Positions are whatever orders the log: the
// indexes of a backend, or the revisions of a host; one history has one kind.
//
// Linearizable asks an independent judge, porcupine, about small histories of
// registers. Nothing here keeps or shares anything, so any number may judge at
// once, and the same history gets the same verdict, today or from a file.
package history
