// Package conformance judges stores and backends by what they promise.
//
// Stories are the form of test for operations: text scripts of commands and of
// what they answer, run over anything that is a metadata.Store, always with the
// same expected text. That two stores apply events alike is then a diff. A line
// is a command; lines that are indented by two blanks belong to the one above, as
// the operations of a batch do.
package conformance
