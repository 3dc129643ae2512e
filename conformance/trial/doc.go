// Package trial is what a conformance case is made of and works with: the case
// itself, the target under judgement, the world of nodes it lives in, and the
// state machine that plays the host and notices every broken promise.
//
// A case owns one Stage: a directory, a world, sessions. Nothing it starts
// outlives it, and nothing it calls can hold it longer than its patience: a
// backend that hangs fails by name.
package trial
