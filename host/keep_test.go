package host_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
	"github.com/chronik-stream/metalog/sdk"
)

func TestIdleNodeShowsThatItIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var proposed atomic.Int64
		s := faked(t, func() *backend {
			return newBackend(func(b *backend, data []byte) error {
				proposed.Add(1)
				return b.deliver(data)
			})
		})
		require.EqualValues(t, 2, proposed.Load(), "the first barrier and the announcement")
		for range 10 {
			time.Sleep(10 * time.Second)
			_, err := s.CreateTopic(t.Context(), topic("orders"))
			_ = err // the second and later ones are refused; all are proposed
		}
		require.EqualValues(t, 12, proposed.Load(), "a busy node needs no barrier")
		time.Sleep(5 * time.Minute)
		require.InDelta(t, 12+8, proposed.Load(), 2)
		require.True(t, s.Status().Ready)
		require.EqualValues(t, 10, s.Status().Revision)
	})
}

// A witness counts against a node once the silent have had their minute.
func TestSilentVotersDoNotSaveAnOutvotedNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b *backend
		s := faked(t, func() *backend { b = newBackend(echo); return b })
		b.sm.SetStatus(sdk.Status{StoredIndex: 99, Members: []sdk.Member{
			{NodeID: "n1", Role: sdk.RoleVoter}, {NodeID: "n2", Role: sdk.RoleVoter}, {NodeID: "n3", Role: sdk.RoleVoter},
		}})
		require.NoError(t, b.deliver(foreign(t, func(e *eventpb.Entry) {
			e.Witness = &eventpb.Witness{Digest: make([]byte, 32), DigestVersion: metadata.DigestVersion}
		})))
		time.Sleep(50 * time.Second)
		require.Equal(t, host.PhaseReady, s.Status().State)
		time.Sleep(20 * time.Second)
		require.Equal(t, host.PhaseQuarantined, s.Status().State)
	})
}

// A barrier that is dropped is followed by another; the node is ready with the
// first that comes back.
func TestBarrierIsRepeatedUntilItComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var proposed atomic.Int64
		s, err := open(t, host.Config{NodeID: "n1", Backend: func(context.Context) (sdk.Backend, error) {
			return newBackend(func(b *backend, data []byte) error {
				if proposed.Add(1) < 6 {
					return nil // lost on the way, or behind a long log
				}
				return b.deliver(data)
			}), nil
		}})
		require.NoError(t, err)
		began := time.Now()
		require.NoError(t, s.WaitReady(t.Context()))
		require.Equal(t, 7750*time.Millisecond, time.Since(began))
	})
}
