package sdk_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chronik-stream/metalog/sdk"
)

// able has every ability and notes which was called.
type able struct {
	disk
	claims sdk.Claims
	called []string
	done   chan struct{}
	err    error
}

func (a *able) note(what string) error {
	a.called = append(a.called, what)
	return nil
}

func (a *able) Info() sdk.Info { return sdk.Info{Name: "able", Version: "1.2.3", Claims: a.claims} }

func (a *able) Done() <-chan struct{} { return a.done }

func (a *able) Err() error { return a.err }

func (a *able) ReadBarrier(context.Context) error { return a.note("barrier") }

func (a *able) TransferLeadership(_ context.Context, node string) error {
	return a.note("transfer " + node)
}

func (a *able) AddLearner(_ context.Context, p sdk.Peer, _ []string) error {
	return a.note("learner " + p.NodeID)
}

func (a *able) AddVoter(_ context.Context, p sdk.Peer, _ []string) error {
	return a.note("voter " + p.NodeID)
}

func (a *able) Promote(_ context.Context, n string, _ []string) error { return a.note("promote " + n) }

func (a *able) Remove(_ context.Context, n string, _ []string) error { return a.note("remove " + n) }

func (a *able) Compact(context.Context) error { return a.note("compact") }

func (a *able) Inspect(context.Context, sdk.Config, sdk.StateMachine) error {
	return a.note("inspect")
}

func (a *able) ValidateConfig(json.RawMessage) error { return a.note("validate") }

var everything = sdk.Claims{
	sdk.CanReadBarrier, sdk.CanTransfer, sdk.CanMembership, sdk.CanCompact, sdk.CanInspect,
}

func TestGuardKeepsAbilities(t *testing.T) {
	a := &able{claims: everything}
	b := sdk.Guard(a, local)
	ctx, peer := t.Context(), sdk.Peer{NodeID: "n2"}
	require.Equal(t, local.Claims, sdk.Claimed(b), "what the plugin's author says comes first")

	b = sdk.Guard(a, sdk.Identity{Plugin: "able"})
	require.Equal(t, everything, sdk.Claimed(b))
	require.Equal(t, "1.2.3", b.(sdk.Informer).Info().Version)
	barrier, _ := sdk.As[sdk.ReadBarrierer](b)
	require.NoError(t, barrier.ReadBarrier(ctx))
	transfer, _ := sdk.As[sdk.Transferer](b)
	require.NoError(t, transfer.TransferLeadership(ctx, "n2"))
	members, _ := sdk.As[sdk.Membership](b)
	require.NoError(t, members.AddLearner(ctx, peer, nil))
	require.NoError(t, members.AddVoter(ctx, peer, nil))
	require.NoError(t, members.Promote(ctx, "n2", nil))
	require.NoError(t, members.Remove(ctx, "n2", nil))
	compact, _ := sdk.As[sdk.Compacter](b)
	require.NoError(t, compact.Compact(ctx))
	validate, _ := sdk.As[sdk.ConfigValidator](b)
	require.NoError(t, validate.ValidateConfig(nil))
	require.Equal(t, []string{
		"barrier", "transfer n2", "learner n2", "voter n2", "promote n2", "remove n2", "compact", "validate",
	}, a.called)
}

func TestGuardAddsNoAbility(t *testing.T) {
	b := sdk.Guard(&disk{}, sdk.Identity{Plugin: "disk", DataFormat: 7})
	require.Equal(t, sdk.Info{Name: "disk", DataFormat: 7}, b.(sdk.Informer).Info())
	_, ok := sdk.As[sdk.ReadBarrierer](b)
	require.False(t, ok)
	ctx := t.Context()
	for name, err := range map[string]error{
		"barrier":  b.(sdk.ReadBarrierer).ReadBarrier(ctx),
		"transfer": b.(sdk.Transferer).TransferLeadership(ctx, ""),
		"learner":  b.(sdk.Membership).AddLearner(ctx, sdk.Peer{}, nil),
		"voter":    b.(sdk.Membership).AddVoter(ctx, sdk.Peer{}, nil),
		"promote":  b.(sdk.Membership).Promote(ctx, "", nil),
		"remove":   b.(sdk.Membership).Remove(ctx, "", nil),
		"compact":  b.(sdk.Compacter).Compact(ctx),
	} {
		require.ErrorIs(t, err, sdk.ErrUnsupported, name)
	}
	require.NoError(t, b.(sdk.ConfigValidator).ValidateConfig(nil))
}

func TestGuardsLifetime(t *testing.T) {
	a := &able{done: make(chan struct{}), err: errors.New("gone")}
	l := sdk.Guard(a, local).(sdk.Lifetime)
	close(a.done)
	<-l.Done()
	require.ErrorIs(t, l.Err(), a.err)

	b := sdk.Guard(&disk{}, local)
	l = b.(sdk.Lifetime)
	select {
	case <-l.Done():
		require.Fail(t, "it hasn't ended")
	default:
	}
	require.NoError(t, b.Close(t.Context()))
	<-l.Done()
	require.NoError(t, l.Err())
}
