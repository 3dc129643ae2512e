package model

import (
	"context"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/chronik-stream/metalog/metadata"
)

// Retrier is a Subject that may fail to say what became of a write, as one does
// whose processes are killed. Its writes are made again, as the same request and at
// the same time on the clock, until they are answered, Retry says no or the run's
// context ends. Whether the answer is an earlier attempt's isn't compared then.
type Retrier interface {
	Subject
	// Retry says whether a write that ended with err is to be made again: its
	// outcome is unknown, or nobody took it. A refusal isn't asked about.
	Retry(err error) bool
}

const (
	attemptTime = 5 * time.Second // for one attempt of a Retrier's write
	retryPause  = 10 * time.Millisecond
)

// performSurely is perform until there is an answer. repeated: it took more than
// one attempt.
func performSurely(ctx context.Context, sub Subject, s Step) (res metadata.Result, repeated bool, err error) {
	retrier, ok := sub.(Retrier)
	if !ok {
		res, err = perform(ctx, sub.Store(), s)
		return res, false, err
	}
	attempts, last := 0, error(nil)
	res, err = backoff.Retry(ctx, func() (metadata.Result, error) {
		ctx, cancel := context.WithTimeout(ctx, attemptTime)
		defer cancel()
		attempts++
		res, err := perform(ctx, sub.Store(), s)
		if last = err; err != nil && !retrier.Retry(err) {
			err = backoff.Permanent(err)
		}
		return res, err
	}, backoff.WithBackOff(backoff.NewConstantBackOff(retryPause)), backoff.WithMaxElapsedTime(0))
	if err != nil && ctx.Err() != nil {
		err = fmt.Errorf("%w after %d attempts, the last of which ended with: %w", err, attempts, last)
	}
	return res, attempts > 1, err
}
