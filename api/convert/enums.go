package convert

import "math"

// Enumerations have the same numbers on both sides, which a test holds them
// to. A number that this build has no name for passes through unchanged, since
// refusing it is the state machine's business.

func enumProto[P ~int32, G ~uint8](g G) P { return P(g) }

// enumPlain takes a number that can't be one for none: never for another.
func enumPlain[G ~uint8, P ~int32](p P) G {
	if p < 0 || p > math.MaxUint8 {
		return 0
	}
	return G(p)
}
