package host

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// proposing is a backend that only proposes.
type proposing struct {
	sdk.Backend
	propose func(data []byte) error
}

func (p proposing) Propose(_ context.Context, data []byte) error { return p.propose(data) }

func TestOwnEntryComesBack(t *testing.T) {
	dropped := &sdk.Error{Reason: sdk.ReasonNoQuorum, Outcome: sdk.NotAppended}
	for name, tc := range map[string]struct {
		propose func(*ownEntries, entryID) error
		err     error
	}{
		"at once":            {func(o *ownEntries, id entryID) error { o.applied(entryID{9}, nil); o.applied(id, nil); return nil }, nil},
		"though it was lost": {func(o *ownEntries, id entryID) error { o.applied(id, nil); return errors.New("no reply") }, nil},
		"refused":            {func(o *ownEntries, id entryID) error { o.applied(id, dropped); return nil }, sdk.ErrNoQuorum},
		"not appended":       {func(*ownEntries, entryID) error { return dropped }, sdk.ErrNoQuorum},
		"within a snapshot":  {func(o *ownEntries, _ entryID) error { o.restored(); return nil }, errRestored},
		"never":              {func(*ownEntries, entryID) error { return nil }, context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newOwnEntries()
				ctx, cancel := context.WithTimeout(t.Context(), proposeTimeout)
				defer cancel()
				err := o.send(ctx, proposing{propose: func(data []byte) error {
					e, err := decodeEntry(data)
					require.NoError(t, err)
					return tc.propose(o, entryID(e.GetId()))
				}}, plainEntry())
				require.ErrorIs(t, err, tc.err)
				require.Empty(t, o.byID)
			})
		})
	}
}

func TestBoardWakesWhoWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBoard(&view{state: metadata.Genesis()})
		require.True(t, b.wait(t.Context(), nil, 0))
		got := make(chan bool, 3)
		over := make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		go func() { got <- b.wait(t.Context(), nil, 2) }()
		synctest.Wait()
		b.show(&view{state: stateOf(t, "a")})
		synctest.Wait()
		require.Empty(t, got)
		b.show(&view{state: stateOf(t, "a", "b")})
		require.True(t, <-got)
		go func() { got <- b.wait(ctx, nil, 3) }()
		go func() { got <- b.wait(t.Context(), over, 3) }()
		cancel()
		require.False(t, <-got)
		close(over)
		require.False(t, <-got)
		require.Zero(t, b.waiting.Load())
	})
}
