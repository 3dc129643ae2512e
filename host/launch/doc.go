// Package launch owns one plugin process at a time, from its file to its end:
// check the executable, start it, speak to it, notice its death, and see that
// nothing of it is left. When to start one, and when to try again, is the
// host's business.
//
// go-plugin negotiates the connection and nothing else. The process is run by
// this package (see process), which also reads everything the plugin prints,
// and the connection is dialled here: go-plugin's own client has no deadlines.
// The table in docs/reference/plugin-contract.md lists what that avoids.
//
// A plugin runs in a process group of its own, in an empty directory, with an
// environment of a few named variables. It ends when its session ends, when
// this process ends however that happens (the death pipe), or, if it does
// neither, by SIGKILL to its group.
package launch
