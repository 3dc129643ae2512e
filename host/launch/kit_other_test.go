//go:build !linux

package launch_test

import (
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func watchExit(t *testing.T, pid int) func() {
	t.Helper()
	return func() {
		t.Helper()
		require.Eventually(t, func() bool { return !alive(pid) }, patience, 10*time.Millisecond)
	}
}

func stop(t *testing.T, pid int) {
	t.Helper()
	require.NoError(t, syscall.Kill(pid, syscall.SIGSTOP))
}
