package launch_test

import (
	"context"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host/launch"
	"github.com/chronik-stream/metalog/sdk/backendpb"
)

// A tool that speaks the protocol itself gets the process and the way to it.
func TestConnect(t *testing.T) {
	p, _ := child(t, "plain")
	c := connect(t, p)
	require.True(t, alive(c.PID()))
	require.Empty(t, c.Ended())
	require.DirExists(t, c.Dir())
	info, err := backendpb.NewBackendClient(c.Conn()).Info(t.Context(), &backendpb.InfoRequest{})
	require.NoError(t, err)
	require.Equal(t, "quirky", info.GetName())
	c.Close()
	require.False(t, alive(c.PID()))
	require.NoDirExists(t, c.Dir())
	c.Close() // again: nothing to do
}

func TestConnectionHangsUp(t *testing.T) {
	p, _ := child(t, "plain")
	c := connect(t, p)
	c.HangUp()
	awaitGone(t, c)
	require.Equal(t, "exit status 0", c.Ended())
}

func TestConnectionIsKilled(t *testing.T) {
	p, _ := child(t, "plain")
	c := connect(t, p)
	c.Kill()
	awaitGone(t, c)
	require.Equal(t, "signal: killed", c.Ended())
}

// A process that is stopped holds nobody up.
func TestConnectionToAStoppedProcessCloses(t *testing.T) {
	p, _ := child(t, "plain")
	c := connect(t, p)
	require.NoError(t, syscall.Kill(c.PID(), syscall.SIGSTOP))
	c.Close()
	awaitGone(t, c)
}

func TestConnectThatIsGivenUp(t *testing.T) {
	p, _ := child(t, "plain")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := p.Connect(ctx)
	require.ErrorContains(t, err, "the start was given up")
	entries, err := os.ReadDir(p.RunDir)
	require.NoError(t, err)
	require.Empty(t, entries)
}

func connect(t *testing.T, p launch.Plugin) *launch.Connection {
	t.Helper()
	c, err := p.Connect(t.Context())
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

func awaitGone(t *testing.T, c *launch.Connection) {
	t.Helper()
	select {
	case <-c.Done():
	case <-time.After(patience):
		require.FailNow(t, "the process is still there")
	}
}
