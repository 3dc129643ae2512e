package peerport

import (
	"io"
	"log/slog"
	"net"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// While as many are about to say who they are as may be, others are turned away
// without a word, and let in again afterwards.
func TestCrowdIsTurnedAway(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := Serve(Options{
		Listener: l, Others: NewKnown(Acquaintance{}, nil), Kinds: []Kind{'e'},
		NameOf: func(string) string { return "" }, OnRefuse: func(*RefusedError) {}, Log: slog.New(slog.DiscardHandler),
	})
	for range maxGreetings {
		p.greeting <- struct{}{}
	}
	require.Zero(t, answer(t, l.Addr()))
	<-p.greeting
	require.Positive(t, answer(t, l.Addr()))
	require.NoError(t, p.Close())
}

// answer is how many bytes whoever greets the port is sent before it is turned away.
func answer(t *testing.T, to net.Addr) int64 {
	t.Helper()
	conn, err := net.Dial("tcp", to.String())
	require.NoError(t, err)
	defer conn.Close()
	_ = sendGreeting(conn, []byte{'e'}, message{Greeting: Greeting{Cluster: "another"}}) // it may be gone already
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(10*time.Second)))
	n, err := io.Copy(io.Discard, conn)
	require.NotErrorIs(t, err, os.ErrDeadlineExceeded)
	return n
}
