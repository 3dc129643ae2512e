package plugin_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/backendpb"
	"github.com/chronik-stream/metalog/sdk/plugin"
)

var sdkConfig = sdk.Config{ClusterID: "c", NodeID: "n1", DataDir: "/nowhere"}

func TestAPluginThatBreaksAPromiseIsToldWhich(t *testing.T) {
	for name, c := range map[string]struct {
		says   []*backendpb.PluginMessage
		reason error
		why    string
	}{
		"an index goes back": {
			[]*backendpb.PluginMessage{greeting(), committed(1, 5, 7), committed(2, 5)},
			sdk.ErrDiverged, "order: indexes strictly increase: got 5 after 7",
		},
		"an index comes twice": {
			[]*backendpb.PluginMessage{greeting(), committed(1, 7, 7)},
			sdk.ErrDiverged, "order: indexes strictly increase: got 7 after 7",
		},
		"an index is nought": {
			[]*backendpb.PluginMessage{greeting(), committed(1, 0)},
			sdk.ErrDiverged, "got 0 after 0",
		},
		"a position is left out": {
			[]*backendpb.PluginMessage{greeting(), committed(1, 1), committed(3, 2)},
			sdk.ErrIncompatible, "positions count up by one: got 3 after 1",
		},
		"no status comes first": {
			[]*backendpb.PluginMessage{committed(1, 1)},
			sdk.ErrIncompatible, "the first message is a status",
		},
		"the window is overrun": {
			[]*backendpb.PluginMessage{greeting(), committed(1, 1, 2, 3), committed(2, 4, 5)},
			sdk.ErrIncompatible, "window: at most 4 entries",
		},
		"the window is overrun by messages without entries": {
			[]*backendpb.PluginMessage{greeting(), committed(1, 1), committed(2), committed(3), committed(4), restoreNeeded(5, 1)},
			sdk.ErrIncompatible, "window: at most 4 entries",
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine()
			m.gate = make(chan struct{}) // a host that applies nothing
			r := &rawPlugin{session: func(ctx context.Context, send func(*backendpb.PluginMessage)) error {
				for _, s := range c.says {
					send(s)
				}
				<-ctx.Done()
				return nil
			}}
			p := r.host(t, m, plugin.ProxyConfig{WindowEntries: 4})
			err := over(t, p)
			require.ErrorIs(t, err, c.reason)
			require.ErrorContains(t, err, c.why)
			require.True(t, sdk.Terminal(err))
		})
	}
}

func TestASnapshotWithoutItsLastChunkIsNoState(t *testing.T) {
	r := &rawPlugin{
		session: func(ctx context.Context, send func(*backendpb.PluginMessage)) error {
			send(greeting())
			send(restoreNeeded(1, 1))
			<-ctx.Done()
			return nil
		},
		snapshot: []*backendpb.SnapshotChunk{{Id: 1, Data: []byte("half a sta")}},
	}
	m := newMachine()
	p := r.host(t, m, plugin.ProxyConfig{})
	require.ErrorContains(t, over(t, p), "the snapshot was cut short")
	require.Equal(t, "restore failed", m.calls[0].what)
	require.Empty(t, m.state)
}

func TestAPluginThatDoesNotAnswerPingsHangs(t *testing.T) {
	r := &rawPlugin{session: func(ctx context.Context, send func(*backendpb.PluginMessage)) error {
		send(greeting())
		<-ctx.Done()
		return nil
	}}
	p := r.host(t, newMachine(), plugin.ProxyConfig{HeartbeatTimeout: 80 * time.Millisecond})
	err := over(t, p)
	require.ErrorIs(t, err, sdk.ErrClosed)
	require.ErrorContains(t, err, "the plugin hangs: no answer to a ping for 80ms")
	require.False(t, sdk.Terminal(err))
}

func TestABarrierWaitsForThePositionItStandsFor(t *testing.T) {
	asked := make(chan struct{})
	r := &rawPlugin{barrier: 2, session: func(ctx context.Context, send func(*backendpb.PluginMessage)) error {
		send(greeting())
		send(committed(1, 1))
		select {
		case <-asked:
			send(committed(2, 2))
		case <-ctx.Done():
		}
		<-ctx.Done()
		return nil
	}}
	m := newMachine()
	p := r.host(t, m, plugin.ProxyConfig{})
	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, p.ReadBarrier(short), sdk.ErrTimeout)
	close(asked)
	require.NoError(t, p.ReadBarrier(t.Context()))
	m.mu.Lock()
	defer m.mu.Unlock()
	require.Equal(t, uint64(2), m.calls[len(m.calls)-1].index)
}

// A message without entries has a position, as any other.
func TestABarrierMayStandForAMessageWithoutEntries(t *testing.T) {
	r := &rawPlugin{barrier: 1, session: func(ctx context.Context, send func(*backendpb.PluginMessage)) error {
		send(greeting())
		send(committed(1))
		<-ctx.Done()
		return nil
	}}
	p := r.host(t, newMachine(), plugin.ProxyConfig{})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	require.NoError(t, p.ReadBarrier(ctx))
}

// The reply to Open may overtake the status it names (R7 is judged by that).
func TestOpenWaitsForTheStatusItStandsFor(t *testing.T) {
	r := &rawPlugin{opened: make(chan struct{})}
	r.session = func(ctx context.Context, send func(*backendpb.PluginMessage)) error {
		send(greeting())
		<-r.opened
		time.Sleep(50 * time.Millisecond) // a slow stream
		send(&backendpb.PluginMessage{Message: &backendpb.PluginMessage_Status{
			Status: &backendpb.Status{Sequence: 1, StoredIndex: 9},
		}})
		<-ctx.Done()
		return nil
	}
	m := newMachine()
	r.host(t, m, plugin.ProxyConfig{})
	m.mu.Lock()
	defer m.mu.Unlock()
	require.EqualValues(t, 9, m.status.StoredIndex)
}

func TestWhatALaterVersionSaysIsIgnored(t *testing.T) {
	r := &rawPlugin{session: func(ctx context.Context, send func(*backendpb.PluginMessage)) error {
		send(greeting())
		send(&backendpb.PluginMessage{})
		send(committed(1, 1))
		<-ctx.Done()
		return nil
	}}
	m := newMachine()
	p := r.host(t, m, plugin.ProxyConfig{})
	require.NoError(t, m.until(t.Context(), func(m *machine) bool { return len(m.calls) == 1 }))
	require.True(t, p.Info().Claims.Has("of a later version"))
}

func TestWhatIsNoBackendIsRefused(t *testing.T) {
	_, cc := serve(t, func(s grpc.ServiceRegistrar) {
		backendpb.RegisterBackendServer(s, &rawPlugin{info: &backendpb.InfoResponse{}})
	})
	_, err := plugin.NewProxy(t.Context(), cc, plugin.ProxyConfig{})
	require.ErrorIs(t, err, sdk.ErrIncompatible)

	_, cc = serve(t, func(grpc.ServiceRegistrar) {})
	_, err = plugin.NewProxy(t.Context(), cc, plugin.ProxyConfig{})
	require.ErrorIs(t, err, sdk.ErrUnsupported)
}

func TestThePluginRefusesBeforeTheBackendSees(t *testing.T) {
	entered, leave := make(chan struct{}, 8), make(chan struct{})
	b := &echo{onPropose: func(ctx context.Context, _ []byte) error {
		entered <- struct{}{}
		select {
		case <-leave:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}}
	h, _ := newRawHost(t, specOf(b), &backendpb.Hello{MaxProposals: 2})
	stream, err := h.Propose(t.Context())
	require.NoError(t, err)
	send := func(r *backendpb.ProposeRequest) *backendpb.Failure {
		require.NoError(t, stream.Send(r))
		reply, err := stream.Recv()
		require.NoError(t, err)
		require.Equal(t, r.GetId(), reply.GetId())
		return reply.GetFailure()
	}
	f := send(&backendpb.ProposeRequest{Id: 1, Data: make([]byte, sdk.MaxEntrySize+1)})
	require.Equal(t, backendpb.Reason_REASON_TOO_LARGE, f.GetReason())
	require.Equal(t, backendpb.Outcome_OUTCOME_NOT_APPENDED, f.GetOutcome())

	require.NoError(t, stream.Send(&backendpb.ProposeRequest{Id: 2}))
	require.NoError(t, stream.Send(&backendpb.ProposeRequest{Id: 3}))
	<-entered
	<-entered
	f = send(&backendpb.ProposeRequest{Id: 4})
	require.Equal(t, backendpb.Reason_REASON_OVERLOADED, f.GetReason())
	require.Equal(t, backendpb.Outcome_OUTCOME_NOT_APPENDED, f.GetOutcome())
	close(leave)
}

func TestATruncatedSnapshotFailsItsReader(t *testing.T) {
	b := &echo{}
	h, _ := newRawHost(t, specOf(b), &backendpb.Hello{})
	snap, err := b.sm.Snapshot(t.Context())
	require.NoError(t, err)
	defer snap.Release()
	var id uint64
	for id == 0 {
		m, err := h.session.Recv()
		require.NoError(t, err)
		id = m.GetSnapshotNeeded().GetId()
	}
	put, err := h.PutSnapshot(t.Context())
	require.NoError(t, err)
	require.NoError(t, put.Send(&backendpb.SnapshotChunk{Id: id, Data: []byte("half")}))
	require.NoError(t, put.CloseSend())
	var got collected
	_, err = snap.WriteTo(&got)
	require.ErrorContains(t, err, "the snapshot was cut short")
}

type collected []byte

func (c *collected) Write(b []byte) (int, error) { *c = append(*c, b...); return len(b), nil }

func TestASecondOpenIsRefused(t *testing.T) {
	var made atomic.Int64
	h, _ := newRawHost(t, plugin.Spec{Name: "fake", Claims: sdk.Claims{sdk.CanInspect}, New: func() sdk.Backend {
		made.Add(1)
		return &echo{}
	}}, &backendpb.Hello{})
	again, err := h.Open(t.Context(), &backendpb.OpenRequest{})
	require.NoError(t, err)
	require.Contains(t, again.GetFailure().GetMessage(), "one process, one life")
	inspected, err := h.Inspect(t.Context(), &backendpb.OpenRequest{})
	require.NoError(t, err)
	require.Contains(t, inspected.GetFailure().GetMessage(), "one process, one life")
	require.EqualValues(t, 1, made.Load())
}

func TestASecondSessionIsRefused(t *testing.T) {
	h, _ := newRawHost(t, specOf(&echo{}), &backendpb.Hello{})
	again, err := h.Session(t.Context())
	require.NoError(t, err)
	require.NoError(t, again.Send(&backendpb.HostMessage{Message: &backendpb.HostMessage_Hello{Hello: &backendpb.Hello{}}}))
	_, err = again.Recv()
	require.ErrorContains(t, err, "already had its session")
}

func TestTheEndOfTheSessionIsTheEndOfTheEngine(t *testing.T) {
	h, e := newRawHost(t, specOf(&echo{}), &backendpb.Hello{})
	require.NoError(t, h.session.Send(&backendpb.HostMessage{Message: &backendpb.HostMessage_Stop{Stop: &backendpb.Stop{Reason: "halted"}}}))
	<-e.Done()
	require.NoError(t, e.Err())
	r, err := h.ReadBarrier(t.Context(), &backendpb.ReadBarrierRequest{})
	require.NoError(t, err)
	require.Equal(t, backendpb.Reason_REASON_CLOSED, r.GetFailure().GetReason())
}

func specOf(b sdk.Backend, claims ...sdk.Claim) plugin.Spec {
	return plugin.Spec{Name: "fake", Version: "1.2.3", DataFormat: 7, Claims: claims, New: func() sdk.Backend { return b }}
}

var errBoom = errors.New("boom")
