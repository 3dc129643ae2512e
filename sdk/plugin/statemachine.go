package plugin

import (
	"context"
	"fmt"

	"github.com/chronik-stream/metalog/sdk"
)

var _ sdk.StateMachine = (*session)(nil)

// Apply returns when the entries are on their way and within the window.
func (s *session) Apply(ctx context.Context, entries ...sdk.Entry) error {
	for _, e := range entries {
		if len(e.Data) > sdk.MaxEntrySize {
			return s.broken(fmt.Sprintf("entry %d has %d bytes, an entry has at most %d", e.Index, len(e.Data), sdk.MaxEntrySize))
		}
	}
	s.serial.Lock()
	defer s.serial.Unlock()
	for len(entries) > 0 {
		if s.delivery.Err() != nil {
			return context.Cause(s.delivery)
		}
		n := s.out.add(entries)
		if entries = entries[n:]; len(entries) == 0 {
			break
		}
		if err := s.await(ctx, nil); err != nil {
			return err
		}
	}
	return nil
}

// SetStatus never waits. A backend that has failed has nothing more to say: its
// session ends after this status.
func (s *session) SetStatus(st sdk.Status) {
	s.out.setStatus(st)
	if st.Health == sdk.HealthFailed {
		s.end(&sdk.Error{Reason: sdk.ReasonInternal, Message: "the backend has failed: " + st.Reason})
	}
}

// broken ends the session because the backend broke the contract.
func (s *session) broken(message string) error {
	err := &sdk.Error{Reason: sdk.ReasonIncompatible, Message: message}
	s.end(err)
	return err
}
