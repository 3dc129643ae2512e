package contract_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/conformance/contract"
	"github.com/chronik-stream/metalog/conformance/trial"
	"github.com/chronik-stream/metalog/sdk"
)

// nodeFamilies are those that are held against clusters here.
var nodeFamilies = []string{"REP", "RBR", "TRF", "MEM"}

// play plays a case on inmem with a defect.
func play(t *testing.T, id string, d defect, patience time.Duration) error {
	t.Helper()
	cases := contract.Cases()
	i := slices.IndexFunc(cases, func(c trial.Case) bool { return c.ID == id })
	require.GreaterOrEqual(t, i, 0, "there is no case %s", id)
	target := target(d)
	info, err := target.Info(t.Context())
	require.NoError(t, err)
	_, err = trial.Play(t.Context(), cases[i], trial.Setting{
		Target: target, Info: info, Dir: filepath.Join(t.TempDir(), id), Seed: 1, Patience: patience,
	})
	require.False(t, trial.IsHarness(err) || trial.IsUnable(err), "%s can't be judged: %v", id, err)
	return err
}

// TestNoDefect shows that what fails below fails by its defect.
func TestNoDefect(t *testing.T) {
	t.Parallel()
	for _, c := range contract.Cases() {
		if slices.Contains(nodeFamilies, c.Family()) {
			require.NoError(t, play(t, c.ID, defect{}, 0), c.ID)
		}
	}
}

// TestOtherWays shows that a cluster may take its time, skip indexes and call
// outcomes unknown, as one on a raft library does.
func TestOtherWays(t *testing.T) {
	t.Parallel()
	slow := defect{election: 100 * time.Millisecond, apply: late}
	for _, c := range contract.Cases() {
		if slices.Contains(nodeFamilies, c.Family()) {
			require.NoError(t, play(t, c.ID, slow, 0), c.ID)
		}
	}
	slow.propose = unsure
	for _, id := range []string{"REP-004", "REP-006", "REP-007", "REP-008", "REP-016", "REP-019", "RBR-008", "RBR-015", "RBR-016", "TRF-003", "MEM-007"} {
		require.NoError(t, play(t, id, slow, 0), id)
	}
}

func TestDefects(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		defect defect
		fails  []string
		passes []string
	}{
		{
			name: "a follower's barrier doesn't wait", defect: defect{barrier: staleOnFollowers},
			fails: []string{"RBR-007", "RBR-012"}, passes: []string{"RBR-002", "RBR-004", "REP-001"},
		},
		{
			name: "a node that is cut off passes barriers", defect: defect{barrier: passedWhenCut},
			fails: []string{"RBR-012", "RBR-013", "RBR-014"}, passes: []string{"RBR-006", "RBR-007", "RBR-009"},
		},
		{
			name: "a barrier has no deadline", defect: defect{barrier: withoutDeadline},
			fails: []string{"RBR-004"}, passes: []string{"RBR-001", "RBR-002", "RBR-006"},
		},
		{
			name: "a follower doesn't forward proposals", defect: defect{propose: leaderOnly},
			fails: []string{"REP-002", "REP-003", "RBR-006"}, passes: []string{"REP-001", "REP-020"},
		},
		{
			name: "a node skips an entry", defect: defect{apply: skipping},
			fails: []string{"REP-001", "REP-002", "REP-014"}, passes: []string{"RBR-002"},
		},
		{
			name: "a node is one delivery behind what its barriers say", defect: defect{apply: behind},
			fails: []string{"RBR-006", "RBR-008", "RBR-015", "RBR-016"}, passes: []string{"RBR-001", "RBR-003"},
		},
		{
			name: "a node has indexes of its own", defect: defect{apply: shifted},
			fails: []string{"REP-001", "REP-005"}, passes: []string{"RBR-001", "RBR-002"},
		},
		{
			name: "an acknowledged entry is lost when the leader falls", defect: defect{propose: lostAtFall},
			fails: []string{"REP-006", "REP-007"}, passes: []string{"REP-001", "REP-004", "REP-016"},
		},
		{
			name: "an entry comes twice when the leader falls", defect: defect{propose: twiceAtFall},
			fails: []string{"REP-006", "REP-007"}, passes: []string{"REP-002", "REP-004", "REP-016"},
		},
		{
			name: "what is refused comes when the network is mended", defect: defect{propose: keptWhenCut, heal: proposeKept},
			fails: []string{"REP-015", "REP-016", "REP-018"}, passes: []string{"REP-006", "REP-017"},
		},
		{
			name: "a node that is cut off acknowledges", defect: defect{propose: acknowledgedWhenCut},
			fails: []string{"REP-015", "REP-016", "REP-018"}, passes: []string{"REP-006", "REP-017", "REP-020"},
		},
		{
			name: "without a leader every outcome is called unknown", defect: defect{propose: vague},
			fails: []string{"REP-021", "MEM-010"}, passes: []string{"REP-015", "REP-018"},
		},
		{
			name: "a node doesn't say that it is cut off", defect: defect{status: alwaysFine},
			fails: []string{"REP-020"}, passes: []string{"REP-003", "REP-015"},
		},
		{
			name: "a transfer only says that it is done", defect: defect{transfer: pretended},
			fails: []string{"TRF-001", "TRF-002", "TRF-004", "TRF-005", "TRF-006"}, passes: []string{"TRF-003"},
		},
		{
			name: "an heir only says that it leads", defect: defect{transfer: boasted},
			fails: []string{"TRF-001", "TRF-002", "TRF-004", "TRF-005", "TRF-006"}, passes: []string{"TRF-003"},
		},
		{
			name: "a barrier that would have to wait is refused", defect: defect{barrier: impatient},
			fails: []string{"RBR-002", "RBR-007"}, passes: []string{"RBR-005", "RBR-012"},
		},
		{
			name: "no change of members is known to be made", defect: defect{changed: unknown},
			fails: []string{"MEM-001", "MEM-005", "MEM-008", "MEM-010"}, passes: []string{"MEM-009", "MEM-014", "MEM-015"},
		},
		{
			name: "two changes of members refuse each other", defect: defect{learner: afterYou},
			fails: []string{"MEM-013"}, passes: []string{"MEM-001", "MEM-012", "MEM-014"},
		},
		{
			name: "a change of members expects nothing", defect: defect{forgetful: true},
			fails: []string{"MEM-012", "MEM-013"}, passes: []string{"MEM-004", "MEM-008", "MEM-014"},
		},
		{
			name: "a learner has a vote", defect: defect{learner: asVoter},
			fails: []string{"MEM-001", "MEM-002", "MEM-003", "MEM-004"}, passes: []string{"MEM-005", "MEM-008"},
		},
		{
			name: "a removed node goes on receiving", defect: defect{haunted: true},
			fails: []string{"MEM-010"}, passes: []string{"MEM-001", "MEM-008", "MEM-012"},
		},
		{
			name: "a removed node comes back", defect: defect{open: welcome},
			fails: []string{"MEM-011"}, passes: []string{"MEM-006", "MEM-010"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, id := range test.fails {
				err := play(t, id, test.defect, 500*time.Millisecond)
				require.Error(t, err, id)
				t.Log(id, err)
			}
			for _, id := range test.passes {
				require.NoError(t, play(t, id, test.defect, 0), id)
			}
		})
	}
}

// late delivers as over a network, with indexes between which there are gaps.
func late(_ *node, entries []sdk.Entry) []sdk.Entry {
	<-time.After(2 * time.Millisecond)
	for i := range entries {
		entries[i].Index = 3*entries[i].Index + 2
	}
	return entries
}

// unsure answers one proposal in five with an error that promises nothing.
func unsure(ctx context.Context, n *node, data []byte) error {
	switch n.c.count() % 10 {
	case 0:
		return errors.New("lost on the way there")
	case 5:
		_ = n.Backend.Propose(ctx, data)
		return errors.New("lost on the way back")
	}
	return n.Backend.Propose(ctx, data)
}

func staleOnFollowers(ctx context.Context, n *node) error {
	if n.current().Leader != n.name {
		return nil
	}
	return n.Backend.ReadBarrier(ctx)
}

func passedWhenCut(ctx context.Context, n *node) error {
	if n.c.alone(n.name) {
		return nil
	}
	return n.Backend.ReadBarrier(ctx)
}

func withoutDeadline(ctx context.Context, n *node) error {
	return n.Backend.ReadBarrier(context.WithoutCancel(ctx))
}

func leaderOnly(ctx context.Context, n *node, data []byte) error {
	if n.current().Leader != n.name {
		return &sdk.Error{Reason: sdk.ReasonNoQuorum, Outcome: sdk.NotAppended, Message: "not the leader"}
	}
	return n.Backend.Propose(ctx, data)
}

func skipping(n *node, entries []sdk.Entry) []sdk.Entry {
	return slices.DeleteFunc(entries, func(e sdk.Entry) bool { return n.name == "n2" && e.Index == 7 })
}

func behind(n *node, entries []sdk.Entry) []sdk.Entry {
	if n.name == "n3" {
		entries, n.late = n.late, entries
	}
	return entries
}

func shifted(n *node, entries []sdk.Entry) []sdk.Entry {
	if n.name == "n2" {
		for i := range entries {
			entries[i].Index++
		}
	}
	return entries
}

func lostAtFall(ctx context.Context, n *node, data []byte) error {
	if n.c.fell() {
		return nil
	}
	return n.Backend.Propose(ctx, data)
}

func twiceAtFall(ctx context.Context, n *node, data []byte) error {
	err := n.Backend.Propose(ctx, data)
	if err == nil && n.c.fell() {
		return n.Backend.Propose(ctx, data)
	}
	return err
}

func keptWhenCut(ctx context.Context, n *node, data []byte) error {
	err := n.Backend.Propose(ctx, data)
	if err != nil && n.c.alone(n.name) {
		n.c.mu.Lock()
		defer n.c.mu.Unlock()
		n.c.deferred = append(n.c.deferred, slices.Clone(data))
	}
	return err
}

func proposeKept(c *cluster) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, data := range c.deferred {
		_ = c.nodes[0].Backend.Propose(context.Background(), data)
	}
	c.deferred = nil
}

func acknowledgedWhenCut(ctx context.Context, n *node, data []byte) error {
	err := n.Backend.Propose(ctx, data)
	if n.c.alone(n.name) {
		return nil
	}
	return err
}

func vague(ctx context.Context, n *node, data []byte) error {
	if err := n.Backend.Propose(ctx, data); err != nil {
		return errors.New("something went wrong")
	}
	return nil
}

func alwaysFine(n *node, s sdk.Status) (sdk.Status, bool) {
	return s, !n.c.alone(n.name)
}

func pretended(context.Context, *node, string) error { return nil }

// boasted has the heir say that it leads, and take it back.
func boasted(_ context.Context, n *node, to string) error {
	n.c.mu.Lock()
	defer n.c.mu.Unlock()
	for _, heir := range slices.Backward(n.c.nodes) {
		if heir.name == to || to == "" && heir.name != n.name {
			truth := heir.current()
			boast := truth
			boast.Leader = heir.name
			heir.sm.SetStatus(boast)
			heir.sm.SetStatus(truth)
			break
		}
	}
	return nil
}

func impatient(ctx context.Context, n *node) error {
	soon, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	if err := n.Backend.ReadBarrier(soon); err != nil {
		return &sdk.Error{Reason: sdk.ReasonNoQuorum, Outcome: sdk.NotAppended, Message: "there is more to apply"}
	}
	return nil
}

func unknown(err error) error {
	if err == nil {
		err = &sdk.Error{Reason: sdk.ReasonTimeout, Message: "it may have been made"}
	}
	return err
}

// afterYou refuses a change while another is under way, which does likewise.
func afterYou(ctx context.Context, n *node, p sdk.Peer, expected []string) error {
	select {
	case n.c.meeting <- struct{}{}:
	case <-n.c.meeting:
	case <-time.After(100 * time.Millisecond):
		return n.Backend.AddLearner(ctx, p, expected)
	}
	return &sdk.Error{Reason: sdk.ReasonOverloaded, Outcome: sdk.NotAppended, Message: "another change is under way"}
}

func asVoter(ctx context.Context, n *node, p sdk.Peer, expected []string) error {
	return n.Backend.AddVoter(ctx, p, expected)
}

func welcome(_ *node, err error) error {
	if sdk.Terminal(err) {
		return nil
	}
	return err
}
