package clustertest

import (
	"errors"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Whoever says nothing, or garbage, on the peer port costs the cluster nothing, and
// a crowd of them is turned away.
func testGarbageOnThePeerPort(t *testing.T, kind Kind) {
	t.Helper()
	c := StartCluster(t, kind, 3)
	address := c.AddressOf(c.Leader().Name)
	for _, garbage := range [][]byte{
		nil, []byte("GET / HTTP/1.1\r\n\r\n"),
		{'R', 0xff, 0xff},
		{'D', 0xff, 0xff},
		{'P', 0, 2, '{', '}'},
		{'Q', 0, 2, '{', '}'},
		append([]byte{'R', 0, 200}, make([]byte, 200)...), append([]byte{'S', 0, 200}, make([]byte, 200)...),
	} {
		conn, err := net.Dial("tcp", address)
		require.NoError(t, err)
		_, err = conn.Write(garbage)
		require.NoError(t, err)
		require.NoError(t, conn.Close())
	}
	var crowd []net.Conn
	for range 300 {
		conn, err := net.Dial("tcp", address)
		require.NoError(t, err)
		crowd = append(crowd, conn)
	}
	turned := 0
	for _, conn := range crowd {
		require.NoError(t, conn.SetReadDeadline(time.Now().Add(5*time.Millisecond)))
		if _, err := conn.Read(make([]byte, 1)); err != nil && !isTimeout(err) {
			turned++
		}
	}
	require.Positive(t, turned)
	for _, p := range c.Peers {
		c.Nodes[p.NodeID].Write("by %s", p.NodeID)
		require.NoError(t, c.Nodes[p.NodeID].Barrier())
	}
	for _, conn := range crowd {
		_ = conn.Close()
	}
	c.Same()
}

func isTimeout(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}
