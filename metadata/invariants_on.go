//go:build invariants

package metadata

import (
	"fmt"

	"github.com/chronik-stream/metalog/metadata/eventpb"
)

// checkOutcome panics at an answer that isn't in the table of outcomes: whichever
// test meets it fails. An operation in a batch is held to its own codes.
func checkOutcome(ev *eventpb.Event, revision uint64, r *refusal, failed []ItemError) {
	operation, code := OperationOf(ev), CodeNone
	if r != nil {
		code = r.code
	}
	if !MayAnswer(operation, code) {
		panic(fmt.Sprintf("metadata: %s answers %s (%d) at revision %d, which isn't one of its codes", operation, code, code, revision))
	}
	for _, item := range failed {
		if !ItemMayAnswer(operation, item.Code) {
			panic(fmt.Sprintf("metadata: item %d of %s answers %s (%d) at revision %d, which isn't one of its codes", item.Index, operation, item.Code, item.Code, revision))
		}
	}
}
