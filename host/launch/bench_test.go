package launch_test

import (
	"testing"

	"github.com/chronik-stream/metalog/host/launch"
)

// BenchmarkDescribe is a whole life: checksum, start, handshake, one question,
// the end.
func BenchmarkDescribe(b *testing.B) {
	for name, off := range map[string]bool{"mtls": false, "plain": true} {
		b.Run(name, func(b *testing.B) {
			p := launch.Plugin{Path: self(), Env: []string{modeEnv + "=plain"}, RunDir: b.TempDir(), MTLSOff: off}
			for b.Loop() {
				if _, err := p.Describe(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
