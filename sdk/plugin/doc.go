// Package plugin carries the contract of package sdk across a process wall.
//
// An author's main calls Serve, which is the plugin's end: Engine stands in for
// the host and speaks to it. The host's end is Proxy, which stands in for the
// backend. Between them lies backendpb, a plain proto: nothing of ours says
// that a plugin is written in Go.
//
// What each end owes the other is in the rules R1 to R18 of
// docs/reference/plugin-contract.md; how a write travels:
//
//	host: Proxy.Propose ─ Propose stream ─▶ Engine ─▶ Backend.Propose
//	host: sm.Apply ◀─ Proxy ◀─ Session stream ─ Engine.Apply ◀─ the library
package plugin
