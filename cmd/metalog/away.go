package main

import (
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/chronik-stream/metalog/client"
	"github.com/chronik-stream/metalog/sdk"
)

// whileAway makes a write again as long as away says that nobody took it, for
// wait at most. What may have been taken isn't made again here: the client
// repeats that, under one request id.
func whileAway[T any](ctx context.Context, wait time.Duration, away func(error) bool, write func(context.Context) (T, error)) (T, error) {
	pace := backoff.NewExponentialBackOff()
	pace.InitialInterval, pace.MaxInterval = 50*time.Millisecond, time.Second
	return backoff.Retry(ctx, func() (T, error) {
		written, err := write(ctx)
		if err != nil && !away(err) {
			err = backoff.Permanent(err)
		}
		return written, err
	}, backoff.WithBackOff(pace), backoff.WithMaxElapsedTime(wait))
}

// changing: the node's backend has just ended, and another is about to start.
func changing(err error) bool {
	return errors.Is(err, sdk.ErrNotAppended) && (errors.Is(err, sdk.ErrClosed) || errors.Is(err, sdk.ErrTimeout))
}

// gone: also the node itself, which has been there before.
func gone(err error) bool {
	return changing(err) || errors.Is(err, sdk.ErrNotAppended) && errors.Is(err, client.ErrUnreachable)
}
