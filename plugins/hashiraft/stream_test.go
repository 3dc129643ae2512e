package hashiraft

import (
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/hashicorp/raft"
	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/internal/peerport"
)

// Only who is away is waited for.
func TestDialGivesUpWhoCannotBeTalkedTo(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := peerport.Serve(peerport.Options{
		Listener: l, Log: slog.New(slog.DiscardHandler), Others: met(map[string]string{}), Kinds: []peerport.Kind{kindRaft},
		NameOf: func(string) string { return "" }, OnRefuse: func(*peerport.RefusedError) {},
	})
	other, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		for {
			c, err := other.Accept()
			if err != nil {
				return
			}
			_, _ = c.Write([]byte("HTTP/1.1 400 Bad Request"))
			_, _ = c.Read(make([]byte, 1<<10))
			_ = c.Close()
		}
	}()
	began := time.Now()
	_, err = streamOf(p).Dial(raft.ServerAddress(other.Addr().String()), time.Second)
	require.Error(t, err)
	require.Less(t, time.Since(began), dialPatience/2)
	require.NoError(t, other.Close())
	<-answered
	require.NoError(t, p.Close())
}
