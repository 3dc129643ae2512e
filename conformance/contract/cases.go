package contract

import (
	"slices"

	"github.com/chronik-stream/metalog/conformance/trial"
)

// Cases are all of them, family by family, in the order in which they are played.
func Cases() []trial.Case {
	return slices.Concat(
		order(),
		handshake(),
		sessions(),
		backpressure(),
		processes(),
		opening(),
	)
}
