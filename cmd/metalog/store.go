package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/sdk"
)

// lockWait is how long a predecessor's plugin may take to notice that its host
// was killed, and to let go of the data directory: the contract gives it 5 s.
const lockWait = 6 * time.Second

// openStore waits for a directory that is in use: a node that is started again at
// once finds it so. Any other failure is final.
func openStore(ctx context.Context, cfg host.Config, log *slog.Logger, opts ...host.Option) (*host.Store, error) {
	pace := backoff.NewExponentialBackOff()
	pace.InitialInterval, pace.MaxInterval = 100*time.Millisecond, time.Second
	level := slog.LevelWarn // of the first notice; the others say the same
	opts = append([]host.Option{host.WithLogger(log)}, opts...)
	return backoff.Retry(ctx, func() (*host.Store, error) {
		store, err := host.Open(ctx, cfg, opts...)
		if err != nil && !errors.Is(err, sdk.ErrConflict) {
			err = backoff.Permanent(err)
		}
		return store, err
	}, backoff.WithBackOff(pace), backoff.WithMaxElapsedTime(lockWait), backoff.WithNotify(func(err error, _ time.Duration) {
		log.Log(ctx, level, "waiting for the data directory", "at_most", lockWait.String(), "err", err)
		level = slog.LevelDebug
	}))
}

// openQuietly opens a node for a command, which says itself what went wrong: it
// announces no API, and has no high watermarks to make known.
func openQuietly(ctx context.Context, cfg host.Config) (*host.Store, error) {
	cfg.Version = buildVersion()
	return openStore(ctx, cfg, slog.New(slog.DiscardHandler), host.WithCheckpoints(0))
}

// whenReady waits until the store can be written to, and says why it can't.
func whenReady(ctx context.Context, store *host.Store) error {
	err := store.WaitReady(ctx)
	if err == nil {
		return nil
	}
	if st := store.Status(); st.Reason != "" {
		return fmt.Errorf("the node doesn't get ready, it is %s: %s: %w", st.State, st.Reason, err)
	}
	return fmt.Errorf("the node doesn't get ready: %w", err)
}
