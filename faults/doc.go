// Package faults breaks clusters of real `metalog server` processes in every way that
// this machine allows while clients write and read, and judges what they were told
// against what each node applied.
//
// A Scenario is one way; Play plays it on a cluster of its own, and a Drill is such a
// play while it goes on. Its tests are the selection that is played by plain `go
// test`; `make faults` plays all of them.
package faults
