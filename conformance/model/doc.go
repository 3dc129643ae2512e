// Package model is the metadata contract a second time, as plainly as it can be
// written: maps, slices and the rows' order, without a thought for speed. It was
// written from the contract's text and not from the metadata package, of which it
// uses the types of requests and records only. Where the two answer differently,
// one of them has misread the contract.
//
// Sequences are random requests, made so that they meet each other. Run holds
// stores against the model over one. Texts of refusals are not compared. One that
// fails is made short by Shrink, and kept as a file by EncodeSequence.
package model
