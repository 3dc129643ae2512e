package links_test

import (
	"io"
	"net"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/links"
)

// BenchmarkConnection is one that is dialed, told whose it is, and used once.
func BenchmarkConnection(b *testing.B) {
	n, err := links.New("n1", "n2")
	require.NoError(b, err)
	n.SetPID("n1", os.Getpid())
	l, err := net.Listen("tcp", n.Addresses("n2").Listen)
	require.NoError(b, err)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.Copy(c, c)
			_ = c.Close()
		}
	}()
	for b.Loop() {
		c, err := net.Dial("tcp", n.Addresses("n2").Advertised)
		require.NoError(b, err)
		_, err = c.Write([]byte("x"))
		require.NoError(b, err)
		_, err = io.ReadFull(c, make([]byte, 1))
		require.NoError(b, err)
		require.NoError(b, c.Close())
	}
	require.NoError(b, l.Close())
	require.NoError(b, n.Close())
}
