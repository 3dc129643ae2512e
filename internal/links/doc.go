// Package links stands between the nodes of a cluster whose nodes are processes,
// and cuts them off from each other: a TCP proxy at the address that each node
// advertises, which forwards to the address where the node listens. It knows who
// dials by the process that owns the other end of a connection, so no backend has
// to help; that takes Linux.
package links
