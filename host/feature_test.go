package host_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/chronik-stream/metalog/host"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/metadata/eventpb"
	"github.com/chronik-stream/metalog/sdk"
)

// A level that a member's build doesn't know is refused before it is proposed.
// Who is a member the backend says; until it does, everybody who announced a build.
func TestLevelThatAMemberDoesNotKnow(t *testing.T) {
	var b *backend
	s := faked(t, func() *backend { b = newBackend(echo); return b })
	require.NoError(t, b.deliver(foreign(t, func(e *eventpb.Entry) {
		e.Own = &eventpb.Entry_Announcement{Announcement: &eventpb.Announcement{Version: "an old one"}}
	})))
	_, highest := metadata.FeatureLevels()
	spec := metadata.FeatureLevelSpec{Level: highest}
	voter, learner := sdk.Member{NodeID: "n1", Role: sdk.RoleVoter}, sdk.Member{NodeID: "n2", Role: sdk.RoleLearner}
	for _, step := range []struct {
		members []sdk.Member
		refused bool
	}{
		{nil, true},
		{[]sdk.Member{voter, learner}, true},
		{[]sdk.Member{voter}, false},
		{[]sdk.Member{voter, learner}, true},
	} {
		b.sm.SetStatus(sdk.Status{StoredIndex: 99, Members: step.members})
		before := s.View().Revision()
		for _, opts := range [][]metadata.WriteOption{{metadata.ValidateOnly()}, nil} {
			_, err := s.SetFeatureLevel(t.Context(), spec, opts...)
			if !step.refused {
				require.NoError(t, err)
				continue
			}
			requireCode(t, metadata.CodeUnsupportedVersion, err)
			require.ErrorContains(t, err, "n2 supports feature levels up to 0, not 1")
			require.Equal(t, before, s.View().Revision())
		}
	}
}

// A committed level beyond this build stops the node there, however it
// is delivered, and what comes after it is never applied (G8).
func TestLevelBeyondTheBuildIsNeverPassed(t *testing.T) {
	_, highest := metadata.FeatureLevels()
	beyond := metadata.NewSetFeatureLevel(metadata.FeatureLevelSpec{Level: highest + 1})
	beyond.RequestId = bytes.Repeat([]byte{7}, 16)
	data, err := proto.Marshal(beyond)
	require.NoError(t, err)
	log := [][]byte{
		foreign(t, func(e *eventpb.Entry) { e.Events = [][]byte{event(t, "before")} }),
		foreign(t, func(e *eventpb.Entry) { e.Events = [][]byte{data} }),
		foreign(t, func(e *eventpb.Entry) { e.Events = [][]byte{event(t, "afterwards")} }),
	}
	for name, deliver := range map[string]func(*backend) error{
		"together":   func(b *backend) error { return b.deliver(log...) },
		"one by one": func(b *backend) error { _, _ = b.deliver(log[0]), b.deliver(log[1]); return b.deliver(log[2]) },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBackend(echo)
			b.onOpen = deliver
			s, err := open(t, host.Config{NodeID: "n1", Backend: func(context.Context) (sdk.Backend, error) { return b, nil }})
			require.NoError(t, err, "it has started, and says so")
			st := concluded(t, s, host.PhaseHalted)
			require.Contains(t, st.Reason, "feature level 2")
			require.EqualValues(t, 1, st.Revision)
			require.EqualValues(t, 1, st.AppliedIndex)
			require.Equal(t, 1, st.Counts.Topics)
			require.Equal(t, highest, st.FeatureLevel)
		})
	}
}
