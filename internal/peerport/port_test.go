package peerport_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/peerport"
)

// What is dialled comes out of its kind's lane, and each side has the other's name.
func TestConnectionsAreSorted(t *testing.T) {
	pairs := certificates(t, "n1", "n2")
	for name, tls := range map[string]map[string]*peerport.TLS{"plain": nil, "over TLS": pairs} {
		t.Run(name, func(t *testing.T) {
			n1 := open(t, "n1", func(o *peerport.Options) { o.TLS = tls["n1"] })
			n2 := open(t, "n2", func(o *peerport.Options) { o.TLS = tls["n2"] })
			for _, k := range []peerport.Kind{asking, engine, asking} {
				near, far := reaches(t, n1, n2, k)
				require.Equal(t, "n2", near.RemoteAddr().String())
				require.Equal(t, "n1", far.RemoteAddr().String())
				_, err := near.Write([]byte{byte(k)})
				require.NoError(t, err)
				got := make([]byte, 1)
				_, err = io.ReadFull(far, got)
				require.NoError(t, err)
				require.Equal(t, byte(k), got[0])
				require.NoError(t, near.Close())
				_, err = far.Read(got)
				require.ErrorIs(t, err, io.EOF)
			}
			require.Equal(t, n2.at, n2.Address())
			require.Nil(t, n2.Lane('x'))
		})
	}
}

// The bytes of a greeting are those that other versions wait for.
func TestGreetingOnTheWire(t *testing.T) {
	n := open(t, "n1", nil)
	conn, err := net.Dial("tcp", n.at)
	require.NoError(t, err)
	defer conn.Close()
	_, err = conn.Write(greeting("e", `{"cluster":"c","node":"n2","directory":"d","to":"n1","later":7}`))
	require.NoError(t, err)
	in := bufio.NewReader(conn)
	require.JSONEq(t, `{"cluster":"c","node":"n1","directory":"d-n1"}`, read(t, in))
	_, err = conn.Write(greeting("", `{}`))
	require.NoError(t, err)
	far, err := n.Lane(engine).Accept()
	require.NoError(t, err)
	require.Equal(t, "n2", far.RemoteAddr().String())

	other, err := net.Dial("tcp", n.at)
	require.NoError(t, err)
	defer other.Close()
	_, err = other.Write(greeting("e", `{"cluster":"c","node":"n2","directory":"other"}`))
	require.NoError(t, err)
	require.JSONEq(t, fmt.Sprintf(`{"cluster":"c","node":"n1","directory":"d-n1","refusal":%q,"replaced":true}`, n.told(t).Reason),
		read(t, bufio.NewReader(other)))
}

func greeting(kind, body string) []byte {
	return append(binary.BigEndian.AppendUint16([]byte(kind), uint16(len(body))), body...)
}

func read(t *testing.T, in io.Reader) string {
	t.Helper()
	var length uint16
	require.NoError(t, binary.Read(in, binary.BigEndian, &length))
	body := make([]byte, length)
	_, err := io.ReadFull(in, body)
	require.NoError(t, err)
	return string(body)
}

// Whoever begins as no node does is turned away at once, and told nothing.
func TestStrangersAreTurnedAway(t *testing.T) {
	n := open(t, "n1", nil)
	for _, garbage := range [][]byte{
		{'x'}, []byte("GET / HTTP/1.1\r\n\r\n"), greeting("x", `{"cluster":"c","node":"n2"}`), {'e', 0xff, 0xff}, greeting("a", "{"),
	} {
		conn, err := net.Dial("tcp", n.at)
		require.NoError(t, err)
		_, err = conn.Write(garbage)
		require.NoError(t, err)
		require.NoError(t, conn.SetReadDeadline(time.Now().Add(4*time.Second))) // who says nothing has five
		told, err := io.Copy(io.Discard, conn)
		require.NotErrorIs(t, err, os.ErrDeadlineExceeded, "%q is still there", garbage)
		require.Zero(t, told)
		require.NoError(t, conn.Close())
	}
	reaches(t, open(t, "n2", nil), n, engine)
}

// The end of a port ends what goes through it, and what is about to.
func TestCloseEndsEverything(t *testing.T) {
	n1, n2 := open(t, "n1", nil), open(t, "n2", nil)
	near, far := reaches(t, n1, n2, engine)
	_, err := n1.Dial(t.Context(), n2.at, asking) // nobody takes it up
	require.NoError(t, err)
	require.NoError(t, n2.Close())
	<-n2.Life().Done()
	for _, end := range []net.Conn{near, far} {
		_, err := end.Read(make([]byte, 1))
		require.ErrorIs(t, err, io.EOF)
	}
	_, err = n2.Lane(engine).Accept()
	require.ErrorIs(t, err, net.ErrClosed)
	_, err = n2.Dial(t.Context(), n1.at, engine)
	require.ErrorIs(t, err, net.ErrClosed)
	_, err = n1.Dial(t.Context(), n2.at, engine)
	require.Error(t, err)
}

// A caller who gives up isn't held by a side that says nothing.
func TestDialIsGivenUp(t *testing.T) {
	n := open(t, "n1", nil)
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer silent.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err = n.Dial(ctx, silent.Addr().String(), engine)
	require.ErrorContains(t, err, "dial "+silent.Addr().String())
	require.Less(t, time.Since(began), 2*time.Second)
}
