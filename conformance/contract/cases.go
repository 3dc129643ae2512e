package contract

import (
	"slices"

	"github.com/chronik-stream/metalog/conformance/trial"
)

// Cases are all of them, family by family, in the order in which they are played.
func Cases() []trial.Case {
	return slices.Concat(
		order(), bytesFamily(), propose(),
		durable(), snapshots(), inspect(), capabilities(),
		kill(), damage(), strace(),
		replicated(), linearizable(), transfer(), membership(),
	)
}
