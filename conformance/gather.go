package conformance

import (
	"github.com/chronik-stream/metalog/conformance/report"
	"github.com/chronik-stream/metalog/sdk"
)

// gather adds what a run of one case came to. all is how many cases there are: a
// report of fewer is of a part.
func gather(whole, one *report.Report, all int) {
	results, took, began := append(whole.Results, one.Results...), whole.Seconds+one.Seconds, whole.Began
	if began.IsZero() {
		began = one.Began
	}
	*whole = *one
	whole.Results, whole.Seconds, whole.Began = results, took, began
	whole.Partial = len(results) < all
	whole.Profiles = profiles(whole, claimsOf(one.Plugin))
}

func claimsOf(p report.Plugin) sdk.Claims {
	claims := make(sdk.Claims, len(p.Claims))
	for i, name := range p.Claims {
		claims[i] = sdk.Claim(name)
	}
	return claims
}
