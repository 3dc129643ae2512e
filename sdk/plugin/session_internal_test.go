package plugin

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/backendpb"
)

// pipe is a session stream whose host is the test.
type pipe struct {
	fromHost chan *backendpb.HostMessage // closed: end of stream
	toHost   chan *backendpb.PluginMessage
}

func (p *pipe) Send(m *backendpb.PluginMessage) error { p.toHost <- m; return nil }

func (p *pipe) Recv() (*backendpb.HostMessage, error) {
	m, ok := <-p.fromHost
	if !ok {
		return nil, io.EOF
	}
	return m, nil
}

func (p *pipe) applied(position uint64) {
	p.fromHost <- &backendpb.HostMessage{Message: &backendpb.HostMessage_Applied{Applied: &backendpb.Applied{Position: position}}}
}

// inSession runs a session in a bubble of its own time; its end arrives on over.
func inSession(t *testing.T, l limits, test func(t *testing.T, s *session, p *pipe, over <-chan error)) {
	t.Helper()
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := &pipe{fromHost: make(chan *backendpb.HostMessage), toHost: make(chan *backendpb.PluginMessage, 1024)}
		s := newSession(l.orDefault(), slog.New(slog.DiscardHandler))
		over := make(chan error, 1)
		go func() { over <- s.run(p) }()
		test(t, s, p, over)
		close(p.fromHost)
	})
}

func entry(index uint64) sdk.Entry { return sdk.Entry{Index: index, Data: []byte{byte(index)}} }

func TestAFullWindowBlocksApplyUntilTheHostHasApplied(t *testing.T) {
	inSession(t, limits{windowEntries: 2}, func(t *testing.T, s *session, p *pipe, _ <-chan error) {
		t.Helper()
		var returned []uint64
		go func() {
			for i := uint64(1); i <= 4; i++ {
				if s.Apply(t.Context(), entry(i)) != nil {
					return
				}
				returned = append(returned, i)
			}
		}()
		synctest.Wait()
		require.Equal(t, []uint64{1, 2}, returned)
		position, _ := s.out.reached()
		p.applied(position)
		synctest.Wait()
		require.Equal(t, []uint64{1, 2, 3, 4}, returned)
	})
}

func TestAStuckHostEndsTheSessionAndStatusSaysWhy(t *testing.T) {
	inSession(t, limits{windowEntries: 1}, func(t *testing.T, s *session, p *pipe, over <-chan error) {
		t.Helper()
		s.SetStatus(sdk.Status{CanPropose: true, Leader: "n1", Health: sdk.HealthOK})
		require.NoError(t, s.Apply(t.Context(), entry(1)))
		start := time.Now()
		err := s.Apply(t.Context(), entry(2))
		require.ErrorContains(t, err, "applied nothing for 10s")
		require.Equal(t, 10*time.Second, time.Since(start))
		require.Equal(t, err, <-over)
		last := lastStatusOf(p)
		require.Equal(t, sdk.HealthFailed, last.Health)
		require.Equal(t, "n1", last.Leader)
		require.False(t, last.CanPropose)
	})
}

func lastStatusOf(p *pipe) sdk.Status {
	var last sdk.Status
	for {
		select {
		case m := <-p.toHost:
			if m.GetStatus() != nil {
				last = statusFromPB(m.GetStatus())
			}
		default:
			return last
		}
	}
}

func TestASlowHostIsNotAStuckOne(t *testing.T) {
	inSession(t, limits{windowEntries: 1}, func(t *testing.T, s *session, p *pipe, _ <-chan error) {
		t.Helper()
		var host sync.WaitGroup
		host.Go(func() {
			for position := uint64(1); position <= 5; position++ {
				time.Sleep(9 * time.Second)
				p.applied(position)
			}
		})
		for i := uint64(1); i <= 5; i++ {
			require.NoError(t, s.Apply(t.Context(), entry(i)))
		}
		host.Wait()
	})
}

// slowDownload is a host that takes a while over each chunk.
type slowDownload struct {
	grpc.ServerStream
	pause time.Duration
	got   int
}

func (d *slowDownload) Send(c *backendpb.SnapshotChunk) error {
	time.Sleep(d.pause)
	d.got += len(c.GetData())
	return nil
}

func TestARestoreCountsByProgress(t *testing.T) {
	inSession(t, limits{}, func(t *testing.T, s *session, p *pipe, _ <-chan error) {
		t.Helper()
		size := 5*chunkBytes + 1
		d := &slowDownload{pause: 9 * time.Second}
		go func() {
			need := (<-p.toHost).GetRestoreNeeded()
			if s.getSnapshot(need.GetId(), d) == nil {
				p.fromHost <- &backendpb.HostMessage{Message: &backendpb.HostMessage_RestoreDone{
					RestoreDone: &backendpb.RestoreDone{Id: need.GetId()},
				}}
			}
		}()
		require.NoError(t, s.Restore(t.Context(), strings.NewReader(strings.Repeat("x", size))))
		require.Equal(t, size, d.got)
	})
}

func TestARestoreNobodyFetchesEndsTheSession(t *testing.T) {
	inSession(t, limits{}, func(t *testing.T, s *session, _ *pipe, over <-chan error) {
		t.Helper()
		require.ErrorIs(t, s.Restore(t.Context(), strings.NewReader("x")), sdk.ErrInternal)
		require.ErrorIs(t, <-over, sdk.ErrInternal)
	})
}

func TestAPingIsAnsweredWhileApplyIsBlocked(t *testing.T) {
	inSession(t, limits{windowEntries: 1}, func(t *testing.T, s *session, p *pipe, _ <-chan error) {
		t.Helper()
		require.NoError(t, s.Apply(t.Context(), entry(1)))
		go func() { _ = s.Apply(t.Context(), entry(2)) }()
		synctest.Wait()
		<-p.toHost
		p.fromHost <- &backendpb.HostMessage{Message: &backendpb.HostMessage_Ping{Ping: &backendpb.Ping{Id: 42}}}
		require.Equal(t, uint64(42), (<-p.toHost).GetPong().GetId())
		s.stopDelivery(errors.New("closing"))
		synctest.Wait()
	})
}

func TestABlockedApplyReturnsAnErrorWhenItMust(t *testing.T) {
	stop := &backendpb.HostMessage{Message: &backendpb.HostMessage_Stop{Stop: &backendpb.Stop{Reason: "halted"}}}
	for name, cause := range map[string]func(s *session, p *pipe, cancel func()){
		"the host closes the backend": func(s *session, _ *pipe, _ func()) { s.stopDelivery(refused("closing")) },
		"the host stops the session":  func(_ *session, p *pipe, _ func()) { p.fromHost <- stop },
		"the session breaks":          func(s *session, _ *pipe, _ func()) { s.end(io.ErrUnexpectedEOF) },
		"the backend gives up":        func(_ *session, _ *pipe, cancel func()) { cancel() },
	} {
		t.Run(name, func(t *testing.T) {
			inSession(t, limits{windowEntries: 1}, func(t *testing.T, s *session, p *pipe, _ <-chan error) {
				t.Helper()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				require.NoError(t, s.Apply(ctx, entry(1)))
				returned := make(chan error, 1)
				go func() { returned <- s.Apply(ctx, entry(2)) }()
				synctest.Wait()
				cause(s, p, cancel)
				require.Error(t, <-returned)
			})
		})
	}
}

func TestASnapshotNobodySendsEndsWithItsWait(t *testing.T) {
	for name, end := range map[string]func(*session, sdk.Snapshot){
		"the session ends":            func(s *session, _ sdk.Snapshot) { s.end(io.ErrUnexpectedEOF) },
		"the host closes the backend": func(s *session, _ sdk.Snapshot) { s.stopDelivery(refused("closing")) },
		"the backend releases it":     func(_ *session, snap sdk.Snapshot) { snap.Release() },
	} {
		t.Run(name, func(t *testing.T) {
			inSession(t, limits{}, func(t *testing.T, s *session, _ *pipe, _ <-chan error) {
				t.Helper()
				snap, err := s.Snapshot(t.Context())
				require.NoError(t, err)
				written := make(chan error, 1)
				go func() {
					_, err := snap.WriteTo(io.Discard)
					written <- err
				}()
				synctest.Wait()
				require.Empty(t, written)
				end(s, snap)
				require.Error(t, <-written)
				snap.Release()
				require.Empty(t, s.snapshots)
			})
		})
	}
}

func TestOnlyTheNewestStatusIsSent(t *testing.T) {
	out := newOutbox(limits{}.orDefault())
	for i := range uint64(5) {
		out.setStatus(sdk.Status{CommitIndex: i})
	}
	sent := out.take(nil)
	require.Len(t, sent, 1)
	require.EqualValues(t, 4, sent[0].GetStatus().GetCommitIndex())
	require.EqualValues(t, 5, sent[0].GetStatus().GetSequence())
}

func TestEntriesCommittedTogetherTravelTogether(t *testing.T) {
	out := newOutbox(limits{windowBytes: 64 << 20}.orDefault())
	small, large := make([]byte, 400<<10), make([]byte, sdk.MaxEntrySize)
	entries := []sdk.Entry{
		{Index: 1, Data: small},
		{Index: 2, Data: small},
		{Index: 3, Data: small},
		{Index: 4, Data: large},
		{Index: 5},
		{Index: 6, Data: []byte{}},
	}
	require.Equal(t, 4, out.add(entries[:4]))
	require.Equal(t, 2, out.add(entries[4:]))
	var shape [][]uint64
	for n, m := range out.take(nil) {
		require.EqualValues(t, n+1, m.GetCommitted().GetPosition())
		var indexes []uint64
		for _, e := range m.GetCommitted().GetEntries() {
			indexes = append(indexes, e.GetIndex())
		}
		shape = append(shape, indexes)
	}
	require.Equal(t, [][]uint64{{1, 2}, {3}, {4}, {5, 6}}, shape)
}
