package faulty

import (
	"context"
	"encoding/json"

	"github.com/chronik-stream/metalog/sdk"
)

// Like a proxy, a layer has every method; sdk.As asks Info for what stands
// behind it.
var (
	_ sdk.Informer        = (*layer)(nil)
	_ sdk.Lifetime        = (*layer)(nil)
	_ sdk.ReadBarrierer   = (*layer)(nil)
	_ sdk.Transferer      = (*layer)(nil)
	_ sdk.Membership      = (*layer)(nil)
	_ sdk.Compacter       = (*layer)(nil)
	_ sdk.Inspector       = (*layer)(nil)
	_ sdk.ConfigValidator = (*layer)(nil)
)

func (l *layer) Info() sdk.Info {
	var info sdk.Info
	if i, ok := l.inner.(sdk.Informer); ok {
		info = i.Info()
	}
	info.Claims = l.claims
	return info
}

func (l *layer) Done() <-chan struct{} {
	if i, ok := l.inner.(sdk.Lifetime); ok {
		return i.Done()
	}
	return nil
}

func (l *layer) Err() error {
	if i, ok := l.inner.(sdk.Lifetime); ok {
		return i.Err()
	}
	return nil
}

func (l *layer) ReadBarrier(ctx context.Context) error {
	if l.barrier != nil {
		return l.barrier(ctx, l.inner)
	}
	return ask(l.inner, sdk.CanReadBarrier, func(r sdk.ReadBarrierer) error { return r.ReadBarrier(ctx) })
}

func (l *layer) Compact(ctx context.Context) error {
	if l.compact != nil {
		return l.compact(ctx, l.inner)
	}
	return ask(l.inner, sdk.CanCompact, func(c sdk.Compacter) error { return c.Compact(ctx) })
}

func (l *layer) Inspect(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine) error {
	return ask(l.inner, sdk.CanInspect, func(i sdk.Inspector) error {
		if l.inspect != nil {
			return l.inspect(ctx, cfg, sm, i)
		}
		return i.Inspect(ctx, cfg, machine{sm, l.lie})
	})
}

func (l *layer) ValidateConfig(options json.RawMessage) error {
	if l.validate != nil {
		return l.validate(options)
	}
	if v, ok := l.inner.(sdk.ConfigValidator); ok {
		return v.ValidateConfig(options)
	}
	return nil
}

func (l *layer) TransferLeadership(ctx context.Context, node string) error {
	return ask(l.inner, sdk.CanTransfer, func(t sdk.Transferer) error { return t.TransferLeadership(ctx, node) })
}

func (l *layer) AddLearner(ctx context.Context, m sdk.Peer, expected []string) error {
	return l.change(func(b sdk.Membership) error { return b.AddLearner(ctx, m, expected) })
}

func (l *layer) AddVoter(ctx context.Context, m sdk.Peer, expected []string) error {
	return l.change(func(b sdk.Membership) error { return b.AddVoter(ctx, m, expected) })
}

func (l *layer) Promote(ctx context.Context, node string, expected []string) error {
	return l.change(func(b sdk.Membership) error { return b.Promote(ctx, node, expected) })
}

func (l *layer) Remove(ctx context.Context, node string, expected []string) error {
	return l.change(func(b sdk.Membership) error { return b.Remove(ctx, node, expected) })
}

func (l *layer) change(do func(sdk.Membership) error) error {
	return ask(l.inner, sdk.CanMembership, do)
}

// ask calls an ability of b, or refuses as a backend without it does.
func ask[T any](b sdk.Backend, c sdk.Claim, do func(T) error) error {
	if ability, ok := b.(T); ok {
		return do(ability)
	}
	return unsupported(c)
}

func unsupported(c sdk.Claim) error {
	return &sdk.Error{Reason: sdk.ReasonUnsupported, Outcome: sdk.NotAppended, Message: "the backend has no " + string(c)}
}
