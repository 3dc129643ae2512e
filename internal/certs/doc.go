// Package certs makes what nodes prove to each other who they are with: a
// certificate authority of one's own and a certificate per node, as PEM files.
//
// A directory holds ca.crt and ca.key, and NAME.crt and NAME.key for each node.
// Nothing here overwrites a file: what is in the way is named in a
// ConflictError. Nothing starts goroutines or keeps anything beyond the call;
// values may be shared, and two processes may work on one directory, of which
// one is told of the conflict.
package certs
