package host_test

import (
	"bytes"
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/host/hosttest"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// saved is a snapshot of s.
func saved(t *testing.T, s *host.Store) []byte {
	t.Helper()
	var buf bytes.Buffer
	at, err := s.Snapshot(t.Context(), &buf, host.SnapshotOptions{})
	require.NoError(t, err)
	require.EqualValues(t, buf.Len(), at.Bytes)
	require.Equal(t, s.Status().Revision, at.Revision)
	require.Equal(t, s.Status().Digest, at.Digest)
	return buf.Bytes()
}

// large fills s until its snapshot takes several pieces.
func large(t *testing.T, s *host.Store) {
	t.Helper()
	value := strings.Repeat("v", 30_000)
	for i := range 45 {
		name := strings.Repeat("l", i+1)
		_, err := s.AlterConfigs(t.Context(), metadata.ConfigSpec{
			Resource: metadata.Resource{Type: metadata.ResourceGroup, Name: name},
			Ops:      []metadata.ConfigOp{{Kind: metadata.ConfigSet, Key: "x.large", Value: &value}},
		})
		require.NoError(t, err)
	}
}

// The state arrives whole, on every node and for every watcher, and goes on: with
// revisions, answers and producer ids, but with neither seal nor nodes.
func TestAStateMovesToAnotherCluster(t *testing.T) {
	from := hosttest.Cluster(t, 1).Store(0)
	filled := hosttest.Fill(t, from)
	large(t, from)
	last, err := from.CreateTopic(t.Context(), topic("last"))
	require.NoError(t, err)
	_, err = from.Seal(t.Context(), "b")
	require.NoError(t, err)
	snapshot := saved(t, from)

	c := hosttest.Cluster(t, 2)
	follower, told := hosttest.NewFollower(), make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { told <- followUntil(ctx, follower, c.Store(1), last.Revision+1) }()
	var progress []int64
	revision, digest, err := c.Store(0).Import(t.Context(), bytes.NewReader(snapshot), func(done int64) { progress = append(progress, done) })
	require.NoError(t, err)
	require.Equal(t, last.Revision, revision)
	require.Equal(t, from.Status().Digest, digest)
	require.Greater(t, len(progress), 2, "in several pieces")
	require.EqualValues(t, len(snapshot), progress[len(progress)-1])

	for i := range 2 {
		s := c.Store(i)
		got, err := s.Topic(t.Context(), "last", metadata.Linearizable())
		require.NoError(t, err)
		require.Equal(t, last.ID, got.Value.ID)
		hosttest.RequireFilled(t, from.View(), s.View())
		st := s.Status()
		require.Equal(t, digest, st.Digest)
		require.Equal(t, from.View().LastMS(), st.LastMS)
		require.Equal(t, from.View().DedupFloor(), s.View().DedupFloor())
		require.Empty(t, st.SealedTo)
		require.Zero(t, st.Importing)
		require.True(t, st.Ready)
		require.Len(t, st.Nodes, 2, "its own")
	}
	again, err := c.Store(1).CreateTopic(t.Context(), topic("last"), metadata.WithRequestID(last.RequestID, last.FirstRevision))
	require.NoError(t, err)
	require.True(t, again.Deduplicated)
	require.Equal(t, last.Revision, again.Revision)
	w, err := c.Store(1).CreateTopic(t.Context(), topic("next"))
	require.NoError(t, err)
	require.Equal(t, last.Revision+1, w.Revision)
	require.NoError(t, <-told)
	follower.RequireState(t, c.Store(1).View())

	require.NoError(t, c.Store(1).Close())
	require.NoError(t, c.Store(0).Compact(t.Context()))
	filled.Finish(t, c.Store(0))
	require.Equal(t, c.Store(0).Status().Digest, c.Open(1).Status().Digest)
}

// followUntil watches, again and again while half an import ends the watch.
func followUntil(ctx context.Context, f *hosttest.Follower, s *host.Store, revision uint64) error {
	for ctx.Err() == nil {
		for m, err := range s.Watch(ctx, metadata.FromRevision(f.Revision)) {
			if errors.Is(err, metadata.ErrUnavailable) {
				break
			}
			if err == nil {
				err = f.Take(m)
			}
			if err != nil || f.Revision >= revision && m.Kind != metadata.WatchState {
				return err
			}
		}
		runtime.Gosched()
	}
	return ctx.Err()
}

// interrupted imports the first piece of snapshot and gives up.
func interrupted(t *testing.T, s *host.Store, snapshot []byte) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, _, err := s.Import(ctx, bytes.NewReader(snapshot), func(int64) { cancel() })
	require.ErrorIs(t, err, context.Canceled)
	require.NotZero(t, s.Status().Importing)
}

func requireServesNothing(t *testing.T, s *host.Store) {
	t.Helper()
	_, err := s.Topics(t.Context())
	require.ErrorIs(t, err, metadata.ErrUnavailable)
	require.ErrorContains(t, err, "importing")
	_, err = s.Topics(t.Context(), metadata.Linearizable())
	require.ErrorIs(t, err, metadata.ErrUnavailable)
	require.Nil(t, s.View())
	for _, err := range s.Watch(t.Context()) {
		require.ErrorIs(t, err, metadata.ErrUnavailable)
		break
	}
	_, err = s.CreateTopic(t.Context(), topic("early"))
	require.ErrorIs(t, err, metadata.ErrUnavailable)
	require.ErrorIs(t, err, sdk.ErrNotAppended)
	_, err = s.SetFeatureLevel(t.Context(), metadata.FeatureLevelSpec{Level: 99})
	require.ErrorIs(t, err, metadata.ErrUnavailable)
	_, err = s.Snapshot(t.Context(), new(bytes.Buffer), host.SnapshotOptions{Local: true})
	require.ErrorIs(t, err, metadata.ErrUnavailable)
	_, err = s.Seal(t.Context(), "b")
	require.ErrorIs(t, err, sdk.ErrConflict)
	st := s.Status()
	require.False(t, st.Ready)
	require.Equal(t, host.PhaseDegraded, st.State)
	require.Contains(t, st.Reason, "importing")
	require.Empty(t, st.SealedTo)
}

func TestHalfAnImportServesNothingAndGoesOn(t *testing.T) {
	from := hosttest.Cluster(t, 1).Store(0)
	large(t, from)
	snapshot := saved(t, from)
	for name, restart := range map[string]func(c *hosttest.Nodes){
		"in the same process": func(*hosttest.Nodes) {},
		"from the log":        func(c *hosttest.Nodes) { require.NoError(t, c.Store(0).Close()); c.Open(0) },
		"from a snapshot": func(c *hosttest.Nodes) {
			require.NoError(t, c.Store(0).Compact(t.Context()))
			require.NoError(t, c.Store(0).Close())
			c.Open(0)
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := hosttest.Cluster(t, 1)
			interrupted(t, c.Store(0), snapshot)
			half := c.Store(0).Status().Importing
			restart(c)
			s := c.Store(0)
			require.Equal(t, half, s.Status().Importing)
			requireServesNothing(t, s)

			_, err := from.CreateTopic(t.Context(), topic(strings.ReplaceAll(name, " ", "-")))
			require.NoError(t, err)
			_, _, err = s.Import(t.Context(), bytes.NewReader(saved(t, from)), nil)
			require.ErrorIs(t, err, sdk.ErrConflict, "another snapshot")
			require.Equal(t, half, s.Status().Importing)

			revision, digest, err := s.Import(t.Context(), bytes.NewReader(snapshot), nil)
			require.NoError(t, err)
			require.EqualValues(t, 45, revision)
			require.Equal(t, digest, s.Status().Digest)
			require.True(t, s.Status().Ready)
			_, err = s.CreateTopic(t.Context(), topic("now"))
			require.NoError(t, err)
		})
	}
}

// A piece that is lost, or whose outcome isn't known, is proposed again, the last
// one too.
func TestAnImportSurvivesUnknownOutcomes(t *testing.T) {
	from := hosttest.Cluster(t, 1).Store(0)
	_, err := from.CreateTopic(t.Context(), topic("orders"))
	require.NoError(t, err)
	snapshot := saved(t, from)
	for name, appended := range map[string]bool{"lost": false, "appended": true} {
		t.Run(name, func(t *testing.T) {
			c := hosttest.Cluster(t, 1)
			c.Log.FailPropose("n1", &sdk.Error{Reason: sdk.ReasonNoQuorum, Outcome: sdk.NotAppended}, false)
			if appended {
				c.Log.FailPropose("n1", &sdk.Error{Reason: sdk.ReasonTimeout}, true)
			} else {
				c.Log.FailPropose("n1", &sdk.Error{Reason: sdk.ReasonOverloaded, Outcome: sdk.NotAppended}, false)
			}
			revision, _, err := c.Store(0).Import(t.Context(), bytes.NewReader(snapshot), nil)
			require.NoError(t, err)
			require.EqualValues(t, 1, revision)
			require.Zero(t, c.Log.Unserved("n1"))
		})
	}
}

// The last piece came by after it was proposed a second time: that one is refused,
// since there is a state by then, and the import is done all the same.
func TestTheLastPieceMayComeTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from := hosttest.Cluster(t, 1).Store(0)
		_, err := from.CreateTopic(t.Context(), topic("orders"))
		require.NoError(t, err)
		snapshot := saved(t, from)
		c := hosttest.Cluster(t, 1)
		c.Log.Hold("n1")
		done := make(chan error, 1)
		go func() {
			_, _, err := c.Store(0).Import(t.Context(), bytes.NewReader(snapshot), nil)
			done <- err
		}()
		time.Sleep(15 * time.Second)
		require.Empty(t, done)
		c.Log.Release("n1")
		require.NoError(t, <-done)
		require.Equal(t, from.Status().Digest, c.Store(0).Status().Digest)
	})
}

// untouched fails unless f leaves the log as it is.
func untouched(t *testing.T, s *host.Store, f func() error) error {
	t.Helper()
	before := s.Status()
	err := f()
	after := s.Status()
	require.Equal(t, before.AppliedIndex, after.AppliedIndex)
	require.Equal(t, before.Digest, after.Digest)
	require.Zero(t, after.Importing)
	return err
}

func TestSnapshotsThatAreRefusedByImport(t *testing.T) {
	from := hosttest.Cluster(t, 1).Store(0)
	_, err := from.CreateTopic(t.Context(), topic("orders"))
	require.NoError(t, err)
	plain := saved(t, from)
	_, err = from.Seal(t.Context(), "b")
	require.NoError(t, err)
	s := hosttest.Cluster(t, 1).Store(0)
	refused := func(bad []byte) error {
		return untouched(t, s, func() error {
			_, _, err := s.Import(t.Context(), bytes.NewReader(bad), func(int64) { t.Error("something was proposed") })
			require.ErrorIs(t, err, sdk.ErrNotAppended)
			return err
		})
	}
	for _, good := range [][]byte{plain, saved(t, from)} {
		for i := range good {
			flipped := bytes.Clone(good)
			flipped[i] ^= 1 << (i % 8)
			require.ErrorIsf(t, refused(flipped), sdk.ErrCorrupt, "byte %d of %d", i, len(good))
			require.ErrorIsf(t, refused(good[:i]), sdk.ErrCorrupt, "cut to %d of %d", i, len(good))
		}
		require.ErrorIs(t, refused(append(bytes.Clone(good), 0)), sdk.ErrCorrupt)
		newer := host.NewerFrame(good)
		require.ErrorIs(t, refused(newer), sdk.ErrIncompatible)
		_, err := host.InspectSnapshot(bytes.NewReader(newer))
		require.ErrorIs(t, err, sdk.ErrIncompatible)
		require.ErrorContains(t, err, "upgrade")
	}
	lost := errors.New("disk gone")
	broken := &brokenFile{Reader: bytes.NewReader(plain), err: lost}
	require.ErrorIs(t, untouched(t, s, func() error { _, _, err := s.Import(t.Context(), broken, nil); return err }), lost)
	_, err = host.InspectSnapshot(broken)
	require.ErrorIs(t, err, lost)
	require.NotErrorIs(t, err, sdk.ErrCorrupt)
}

// brokenFile can't be read to its end.
type brokenFile struct {
	*bytes.Reader
	err error
}

func (b *brokenFile) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p[:min(len(p), 20)])
	if b.Len() < 30 {
		return n, b.err
	}
	return n, err
}

func TestClustersThatTakeNoImport(t *testing.T) {
	from := hosttest.Cluster(t, 1).Store(0)
	_, err := from.CreateTopic(t.Context(), topic("orders"))
	require.NoError(t, err)
	snapshot := saved(t, from)
	imports := func(s *host.Store) error {
		return untouched(t, s, func() error {
			_, _, err := s.Import(t.Context(), bytes.NewReader(snapshot), nil)
			require.ErrorIs(t, err, sdk.ErrConflict)
			require.ErrorIs(t, err, sdk.ErrNotAppended)
			return err
		})
	}
	require.ErrorContains(t, imports(from), "this very snapshot")
	s := hosttest.Cluster(t, 1).Store(0)
	_, err = s.Seal(t.Context(), "b")
	require.NoError(t, err)
	require.ErrorContains(t, imports(s), "sealed")
	require.NoError(t, s.Unseal(t.Context()))
	_, err = s.CreateTopic(t.Context(), topic("mine"))
	require.NoError(t, err)
	require.ErrorContains(t, imports(s), "at revision 1")

	// A snapshot of half an import holds nothing to import.
	var b *backend
	half := faked(t, func() *backend { b = newBackend(echo); return b })
	large(t, from)
	interrupted(t, half, saved(t, from))
	frame := snapshotOf(t, b)
	info, err := host.InspectSnapshot(bytes.NewReader(frame))
	require.NoError(t, err)
	require.Equal(t, half.Status().Importing, info.Importing)
	_, _, err = hosttest.Cluster(t, 1).Store(0).Import(t.Context(), bytes.NewReader(frame), nil)
	require.ErrorIs(t, err, sdk.ErrConflict)
	require.ErrorContains(t, err, "holds no state")
}
