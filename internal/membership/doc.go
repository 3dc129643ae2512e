// Package membership is what backends of several nodes share about who belongs to a
// cluster: the rules of a change, what nodes ask of each other beside their
// library's messages (peerpb), and how a node stands.
package membership
