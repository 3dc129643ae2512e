package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/chronik-stream/metalog/builtin"
)

// The test binary is the program too, when started under its name, and its own
// backend, and somebody else's.
func TestMain(m *testing.M) {
	builtin.Serve()
	testscript.Main(m, map[string]func(){
		"metalog":      func() { os.Exit(mainCode()) },
		"backend-mini": serveMini(1),
		"backend-next": serveMini(2),
	})
}
