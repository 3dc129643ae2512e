package links_test

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/links"
)

// echo is a node within this process.
func echo(t *testing.T, address string) {
	t.Helper()
	l, err := net.Listen("tcp", address)
	require.NoError(t, err)
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				_, _ = io.Copy(c, c)
				_ = c.Close()
			})
		}
	})
	t.Cleanup(func() {
		require.NoError(t, l.Close())
		serving.Wait()
	})
}

func TestAStrangerIsRefused(t *testing.T) {
	var log bytes.Buffer
	n, err := links.New("n1")
	require.NoError(t, err)
	n.LogTo(slog.New(slog.NewTextHandler(&log, nil)))
	echo(t, n.Addresses("n1").Listen)
	c, err := net.Dial("tcp", n.Addresses("n1").Advertised)
	require.NoError(t, err)
	_, err = c.Read(make([]byte, 1))
	require.Error(t, err)
	require.NoError(t, c.Close())
	require.NoError(t, n.Close())
	require.Contains(t, log.String(), "no node is known to dial it")
}

// Bytes come whole and in order, and an end of one side is the end of that side.
func TestMuchIsCarried(t *testing.T) {
	n, err := links.New("n1", "n2")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, n.Close()) })
	n.SetPID("n1", os.Getpid())
	echo(t, n.Addresses("n2").Listen)
	const many = 40
	var all sync.WaitGroup
	for i := range many {
		all.Go(func() {
			c, err := net.Dial("tcp", n.Addresses("n2").Advertised)
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = c.Close() }()
			sent := bytes.Repeat([]byte{byte(i), 1, 2, 3, 4, 5, 6}, 30_000)
			all.Go(func() {
				_, _ = c.Write(sent)
				_ = c.(*net.TCPConn).CloseWrite()
			})
			if got, err := io.ReadAll(c); err != nil || !bytes.Equal(got, sent) {
				t.Errorf("%d bytes came back of %d: %v", len(got), len(sent), err)
			}
		})
	}
	all.Wait()
	require.Eventually(t, func() bool { return n.Connections() == 0 }, patience, tick)
}

func TestFixedAddresses(t *testing.T) {
	other, err := links.New("n1")
	require.NoError(t, err)
	fixed := other.Addresses("n1")
	_, err = links.Over(map[string]links.Addresses{"n1": fixed})
	require.ErrorContains(t, err, "listening for node n1")
	require.NoError(t, other.Close())

	n, err := links.Over(map[string]links.Addresses{"n1": fixed})
	require.NoError(t, err)
	require.Equal(t, fixed, n.Addresses("n1"))
	_, err = n.Join("n1")
	require.ErrorContains(t, err, `"n1" can't be added`)
	joined, err := n.Join("n2")
	require.NoError(t, err)
	require.Equal(t, joined, n.Addresses("n2"))
	require.NotEqual(t, joined.Advertised, joined.Listen)
	require.Zero(t, n.Addresses("n9"))
	require.ErrorContains(t, n.Cut("n1", "n9"), `no node "n9"`)
	require.ErrorContains(t, n.Partition([]string{"n1", "n9"}), `no node "n9"`)
	require.NoError(t, n.Cut("n1", links.Anyone))
	require.NoError(t, n.Close())
	require.NoError(t, n.Close())
	_, err = n.Join("n3")
	require.Error(t, err)
}
