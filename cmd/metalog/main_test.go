package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/chronik-stream/metalog/builtin"
)

const quickExit = "atexit_sleep_ms=0"

// The test binary is the program too, when started under its name, and its own
// backend, and somebody else's.
func TestMain(m *testing.M) {
	builtin.Serve()
	// A process built with the race detector lingers a second at its end; there
	// are many of them here.
	os.Setenv("GORACE", quickExit)
	testscript.Main(m, map[string]func(){
		"metalog":      func() { os.Exit(mainCode()) },
		"backend-mini": serveMini(1),
		"backend-next": serveMini(2),
		"backend-liar": serveLiar,
	})
}
