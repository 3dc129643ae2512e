// Package report is what a run of the conformance suite came to, and the forms
// in which it is written down: for machines, for people, and for a CI.
package report
