package conformance_test

import (
	"github.com/chronik-stream/metalog/sdk/plugin"
)

var children = map[string]func() plugin.Spec{
	"inmem": single,
}
