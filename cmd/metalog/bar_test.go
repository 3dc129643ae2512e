package main

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Work may be over before its bar was drawn once.
func TestABarThatEndsBeforeItBegins(t *testing.T) {
	b := newBar(&cli{out: io.Discard, err: io.Discard}, "rows", 3)
	ended, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		b.stop(ended)
	}()
	require.Eventually(t, b.tracker.IsDone, 10*time.Second, time.Millisecond)
	go func() {
		defer close(ended)
		b.writer.Render()
	}()
	select {
	case <-stopped:
	case <-time.After(10 * time.Second):
		require.FailNow(t, "the bar is drawn for ever")
	}
}
