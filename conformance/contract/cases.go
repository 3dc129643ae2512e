package contract

import (
	"slices"

	"github.com/chronik-stream/metalog/conformance/trial"
)

// Cases are all of them, family by family, in the order in which they are played.
func Cases() []trial.Case {
	return slices.Concat(
		handshake(), sessions(), opening(), processes(), capabilities(),
		order(), bytesFamily(), propose(), backpressure(),
		durable(), inspect(), snapshots(),
		kill(), damage(), strace(),
		replicated(), linearizable(), transfer(), membership(),
	)
}
