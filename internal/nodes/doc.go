// Package nodes runs the nodes of a cluster as processes of one machine: it starts
// `metalog server` processes, watches, freezes, kills, stops and reaps them, and
// stands between their backends with internal/links. It is what `metalog dev` and
// the tests of failures have in common, and knows neither a client nor a terminal.
//
// A node's process ends when whoever started it does, even by SIGKILL: it watches a
// pipe (Parent) whose other end is here.
package nodes
