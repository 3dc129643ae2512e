package clustertest

import (
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// Ports that the system gives to nobody by itself: an address stays free until its node
// is opened, and while it is closed, though other tests run at the same time.
const (
	firstPort = 12000
	ports     = 20000
	stride    = 7919 // of processes, which begin at different ones
)

// given counts the ports that this process has asked for.
var given atomic.Uint32

// FreeAddress is one that nobody listens at, and that no other test of this process is
// given.
func FreeAddress(t *testing.T) string {
	t.Helper()
	for range ports {
		port := firstPort + (uint32(os.Getpid())*stride+given.Add(1))%ports
		address := fmt.Sprintf("127.0.0.1:%d", port)
		if l, err := net.Listen("tcp", address); err == nil {
			require.NoError(t, l.Close())
			return address
		}
	}
	require.FailNow(t, "no port is free")
	return ""
}
