//go:build invariants

package metadata

import (
	"fmt"

	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// checkOutcome panics at an answer that isn't in the table of outcomes: whichever
// test meets it fails.
func checkOutcome(ev *eventpb.Event, res *Result) {
	operation := OperationOf(ev)
	if !MayAnswer(operation, res.Code) {
		panic(fmt.Sprintf("metadata: %s answers %s (%d) at revision %d, which isn't one of its codes", operation, res.Code, res.Code, res.Revision))
	}
	for _, item := range res.Response.Failed {
		if !ItemMayAnswer(operation, item.Code) {
			panic(fmt.Sprintf("metadata: item %d of %s answers %s (%d) at revision %d, which isn't one of its codes", item.Index, operation, item.Code, item.Code, res.Revision))
		}
	}
}
