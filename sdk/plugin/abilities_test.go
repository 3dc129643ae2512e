package plugin_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/plugin"
)

// able is a backend with every ability; it notes what it is asked.
type able struct {
	echo
	asked []string
	fail  error
}

func (a *able) note(format string, args ...any) error {
	a.asked = append(a.asked, fmt.Sprintf(format, args...))
	return a.fail
}

func (a *able) ReadBarrier(context.Context) error { return a.note("barrier") }
func (a *able) Compact(context.Context) error     { return a.note("compact") }
func (a *able) TransferLeadership(_ context.Context, node string) error {
	return a.note("transfer %s", node)
}

func (a *able) AddLearner(_ context.Context, m sdk.Peer, expected []string) error {
	return a.note("learner %v %v", m, expected)
}

func (a *able) AddVoter(_ context.Context, m sdk.Peer, expected []string) error {
	return a.note("voter %v %v", m, expected)
}

func (a *able) Promote(_ context.Context, node string, expected []string) error {
	return a.note("promote %s %v", node, expected)
}

func (a *able) Remove(_ context.Context, node string, expected []string) error {
	return a.note("remove %s %v", node, expected)
}

func (a *able) Inspect(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine) error {
	if err := sm.Apply(ctx, sdk.Entry{Index: 1, Data: []byte(cfg.DataDir)}); err != nil {
		return err
	}
	for i := range uint64(1000) {
		if err := sm.Apply(ctx, sdk.Entry{Index: i + 2, Uncommitted: true}); err != nil {
			return err
		}
	}
	return a.note("inspect")
}

var everything = []sdk.Claim{sdk.CanReadBarrier, sdk.CanTransfer, sdk.CanMembership, sdk.CanCompact, sdk.CanInspect}

// calls is every ability's every method.
func calls(ctx context.Context, p *plugin.Proxy) map[string]func() error {
	peer := sdk.Peer{NodeID: "n2", Address: "h:1"}
	return map[string]func() error{
		"barrier":                func() error { return p.ReadBarrier(ctx) },
		"compact":                func() error { return p.Compact(ctx) },
		"transfer n3":            func() error { return p.TransferLeadership(ctx, "n3") },
		"learner {n2 h:1} [a b]": func() error { return p.AddLearner(ctx, peer, []string{"a", "b"}) },
		"voter {n2 h:1} [a b]":   func() error { return p.AddVoter(ctx, peer, []string{"a", "b"}) },
		"promote n2 [a]":         func() error { return p.Promote(ctx, "n2", []string{"a"}) },
		"remove n2 []":           func() error { return p.Remove(ctx, "n2", nil) },
	}
}

func TestEveryAbilityCrossesTheWall(t *testing.T) {
	b := &able{}
	w := newWall(t, b, everything, plugin.ProxyConfig{})
	for what, call := range calls(t.Context(), w.proxy) {
		require.ErrorIs(t, call(), sdk.ErrClosed, what)
	}
	w.open(t, newMachine())
	for _, b.fail = range []error{nil, &sdk.Error{Reason: sdk.ReasonConflict, Outcome: sdk.NotAppended, Message: "members changed"}} {
		for what, call := range calls(t.Context(), w.proxy) {
			b.asked = nil
			require.Equal(t, b.fail, call())
			require.Equal(t, []string{what}, b.asked)
		}
	}
}

func TestWhatIsNotClaimedIsAbsent(t *testing.T) {
	for name, w := range map[string]*wall{
		"there, not claimed": newWall(t, &able{}, nil, plugin.ProxyConfig{}),
		"claimed, not there": newWall(t, &echo{}, everything, plugin.ProxyConfig{}),
	} {
		w.open(t, newMachine())
		for what, call := range calls(t.Context(), w.proxy) {
			err := call()
			require.ErrorIs(t, err, sdk.ErrUnsupported, "%s: %s", name, what)
			require.ErrorIs(t, err, sdk.ErrNotAppended)
		}
	}
}

func TestAsGoesByTheClaims(t *testing.T) {
	w := newWall(t, &able{}, sdk.Claims{sdk.CanCompact}, plugin.ProxyConfig{})
	_, ok := sdk.As[sdk.Compacter](sdk.Backend(w.proxy))
	require.True(t, ok)
	_, ok = sdk.As[sdk.ReadBarrierer](sdk.Backend(w.proxy))
	require.False(t, ok)
	require.Equal(t, sdk.Info{Name: "fake", Version: "1.2.3", DataFormat: 7, Claims: sdk.Claims{sdk.CanCompact}}, w.proxy.Info())
}

func TestInspectReturnsWhenEverythingIsApplied(t *testing.T) {
	m := newMachine()
	w := newWall(t, &able{}, everything, plugin.ProxyConfig{WindowEntries: 16})
	require.NoError(t, w.proxy.Inspect(t.Context(), sdkConfig, m))
	require.Len(t, m.calls, 1001)
	require.Equal(t, call{"apply", 1, "/nowhere"}, m.calls[0])
	require.Equal(t, call{"uncommitted", 1001, ""}, m.calls[1000])
	require.NoError(t, w.proxy.Close(t.Context()))

	w = newWall(t, &echo{}, nil, plugin.ProxyConfig{})
	require.ErrorIs(t, w.proxy.Inspect(t.Context(), sdkConfig, newMachine()), sdk.ErrUnsupported)
}

func (a *able) ValidateConfig(options json.RawMessage) error {
	if len(options) == 0 || string(options) == "{}" {
		return nil
	}
	return &sdk.Error{Reason: sdk.ReasonInvalidConfig, Field: "sync", Message: "is not known"}
}
