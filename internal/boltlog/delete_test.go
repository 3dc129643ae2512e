package boltlog_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/boltlog"
)

func TestBothEnds(t *testing.T) {
	for _, c := range []struct {
		name        string
		change      func(ctx context.Context, l *boltlog.Log) error
		first, last uint64
	}{
		{"nothing below", func(ctx context.Context, l *boltlog.Log) error { return l.DeleteTo(ctx, 0) }, 1, 10},
		{"some below", func(ctx context.Context, l *boltlog.Log) error { return l.DeleteTo(ctx, 4) }, 5, 10},
		{"all, from below", func(ctx context.Context, l *boltlog.Log) error { return l.DeleteTo(ctx, 10) }, 11, 10},
		{"more than there is", func(ctx context.Context, l *boltlog.Log) error { return l.DeleteTo(ctx, 99) }, 11, 10},
		{"nothing above", func(_ context.Context, l *boltlog.Log) error { return l.Truncate(11) }, 1, 10},
		{"the last", func(_ context.Context, l *boltlog.Log) error { return l.Truncate(10) }, 1, 9},
		{"some above", func(_ context.Context, l *boltlog.Log) error { return l.Truncate(4) }, 1, 3},
		{"all, from above", func(_ context.Context, l *boltlog.Log) error { return l.Truncate(1) }, 1, 0},
		{"from zero", func(_ context.Context, l *boltlog.Log) error { return l.Truncate(0) }, 1, 0},
		{"elsewhere", func(_ context.Context, l *boltlog.Log) error { return l.Restart(501) }, 501, 500},
		{"at the beginning", func(_ context.Context, l *boltlog.Log) error { return l.Restart(1) }, 1, 0},
		{"both ends", func(ctx context.Context, l *boltlog.Log) error {
			return errors.Join(l.DeleteTo(ctx, 3), l.Truncate(8))
		}, 4, 7},
		{"a batch that replaces the end", func(_ context.Context, l *boltlog.Log) error {
			return l.Write(boltlog.Batch{Truncate: 8, Entries: values(8, 4), Values: []boltlog.Value{{Key: []byte("k"), Value: []byte("v")}}})
		}, 1, 11},
		{"a batch that begins elsewhere", func(_ context.Context, l *boltlog.Log) error {
			return l.Write(boltlog.Batch{Restart: 501, Entries: values(501, 3), Values: []boltlog.Value{{Key: []byte("k"), Value: []byte("v")}}})
		}, 501, 503},
		{"all of what is left", func(ctx context.Context, l *boltlog.Log) error {
			return errors.Join(l.DeleteTo(ctx, 3), l.Truncate(2))
		}, 4, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLog(t)
			appendTo(t, l, 10)
			require.NoError(t, c.change(t.Context(), l))
			l = holds(t, l, c.first, c.last)
			appendTo(t, l, 2)
			l = holds(t, l, c.first, c.last+2)
			require.NoError(t, l.Close())
		})
	}
}

// A long log is deleted in pieces, and those who append needn't wait for all of
// them; whichever way it ends, the log is dense.
func TestDeletionLetsOthersIn(t *testing.T) {
	l := newLog(t)
	appendTo(t, l, 20_000)
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := l.DeleteTo(context.Background(), 20_000); err != nil {
			t.Error(err)
		}
	})
	for range 20 {
		appendTo(t, l, 1)
	}
	wg.Wait()
	l = holds(t, l, 20_001, 20_020)

	appendTo(t, l, 20_000)
	wg.Go(func() {
		if err := l.DeleteTo(context.Background(), 40_000); err != nil {
			t.Error(err)
		}
	})
	require.NoError(t, l.Restart(100))
	wg.Wait()
	appendTo(t, l, 3)
	l = holds(t, l, 100, 102)
	require.NoError(t, l.Close())
}

func TestDeletionEndsWithItsCaller(t *testing.T) {
	l := newLog(t)
	appendTo(t, l, 10)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, l.DeleteTo(ctx, 5), context.Canceled)
	l = holds(t, l, 1, 10)
	require.NoError(t, l.Close())
}
