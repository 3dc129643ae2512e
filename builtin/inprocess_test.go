package builtin_test

import (
	"testing"

	"github.com/chronik-stream/metalog/conformance"
	"github.com/chronik-stream/metalog/plugins/local"
	"github.com/chronik-stream/metalog/sdk/plugin"
)

// TestLocalInProcess judges local where the race detector sees it.
func TestLocalInProcess(t *testing.T) {
	if testing.Short() {
		t.Skip("not shown: that local is conformant in process (a disk for every case)")
	}
	conformance.Test(t, conformance.InProcess(plugin.Spec{
		Name: local.Name, Version: local.Version, DataFormat: local.DataFormat, Claims: local.Claims(), New: local.New,
	}))
}
