package membership

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chronik-stream/metalog/sdk"
)

// signOfLife is how long a member has to answer.
const signOfLife = time.Second

// WithinReach refuses members of whose voters no majority answers: a library would
// take them at once, and commit nothing ever again. Many answers are asked for at
// once.
func WithinReach(ctx context.Context, after []sdk.Member, answers func(context.Context, sdk.Member) bool) error {
	ctx, cancel := context.WithTimeout(ctx, signOfLife)
	defer cancel()
	var asking sync.WaitGroup
	var voters, reached atomic.Int32
	for _, m := range after {
		if m.Role != sdk.RoleVoter {
			continue
		}
		voters.Add(1)
		asking.Go(func() {
			if answers(ctx, m) {
				reached.Add(1)
			}
		})
	}
	asking.Wait()
	if 2*reached.Load() > voters.Load() {
		return nil
	}
	return &sdk.Error{Reason: sdk.ReasonNoQuorum, Outcome: sdk.NotAppended, Message: fmt.Sprintf(
		"afterwards only %d of %d voters would be open and within reach: open them first, a new one as a learner", reached.Load(), voters.Load())}
}
