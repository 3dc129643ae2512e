package faults

import (
	"context"
	"errors"
	"fmt"

	"github.com/chronik-stream/metalog/conformance/history"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// settle gives every write that is still unknown its answer for good. The clients
// have ended, so nobody else notes writes any more.
func (d *Drill) settle(ctx context.Context) error {
	done, never := 0, 0
	for i := range d.record.writes {
		w := &d.record.history.Writes[i]
		if w.Outcome != history.Unknown {
			continue
		}
		mine := d.record.writes[i]
		got, err := d.client(d.seat(i)).Settle(ctx, metadata.SettleSpec{RequestID: mine.id, FirstRevision: mine.first})
		switch {
		case errors.Is(err, sdk.ErrOutcomeUnknown): // too old to tell
			continue
		case err != nil:
			return fmt.Errorf("settling %v: %w", w, err)
		case got.Answer.Code == metadata.CodeNone:
			w.Outcome, w.Position = history.Acknowledged, got.Answer.Revision
			done++
		case got.Answer.Code == metadata.CodeOperationNotAttempted:
			w.Outcome = history.NotAppended
			never++
		default:
			return fmt.Errorf("settling %v: it was refused: %w", w, got.Answer.Err())
		}
		w.Return = d.record.now()
		if mine.topic == "" {
			op := &d.record.operations[mine.operation]
			op.Outcome, op.Return = w.Outcome, w.Return
		}
	}
	d.say("of the writes whose outcome was unknown, %d had been done and %d never will be", done, never)
	return nil
}
