package trial

import (
	"context"
	"fmt"
)

// Alive is a context that ends with the backend, too, if that ends by itself; the
// cause says why. stop releases it.
func (s *Session) Alive(ctx context.Context) (alive context.Context, stop func()) {
	alive, end := context.WithCancelCause(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case <-s.Done():
			end(fmt.Errorf("the backend has ended by itself: %w", s.Ended()))
		case <-alive.Done():
		}
	}()
	return alive, func() {
		end(nil)
		<-watched
	}
}
