package sdk

import (
	"context"
	"encoding/json"
)

// Like a proxy, a guard has every method; As asks Info for what stands behind
// it.
var (
	_ Informer        = (*guard)(nil)
	_ Lifetime        = (*guard)(nil)
	_ ReadBarrierer   = (*guard)(nil)
	_ Transferer      = (*guard)(nil)
	_ Membership      = (*guard)(nil)
	_ Compacter       = (*guard)(nil)
	_ Inspector       = (*guard)(nil)
	_ ConfigValidator = (*guard)(nil)
)

func (g *guard) Info() Info {
	if i, ok := g.Backend.(Informer); ok {
		info := i.Info()
		info.Claims = g.id.Claims
		return info
	}
	return Info{Name: g.id.Plugin, DataFormat: g.id.DataFormat, Claims: g.id.Claims}
}

func (g *guard) Done() <-chan struct{} {
	if l, ok := g.Backend.(Lifetime); ok {
		return l.Done()
	}
	return g.closed
}

func (g *guard) Err() error {
	if l, ok := g.Backend.(Lifetime); ok {
		return l.Err()
	}
	return nil
}

// Inspect reads under the lock, shared with other readers, and writes nothing.
func (g *guard) Inspect(ctx context.Context, cfg Config, sm StateMachine) error {
	i, ok := g.Backend.(Inspector)
	if !ok {
		return unsupported(CanInspect)
	}
	return g.inspect(ctx, cfg, sm, i)
}

func (g *guard) ReadBarrier(ctx context.Context) error {
	if r, ok := g.Backend.(ReadBarrierer); ok {
		return r.ReadBarrier(ctx)
	}
	return unsupported(CanReadBarrier)
}

func (g *guard) TransferLeadership(ctx context.Context, node string) error {
	if t, ok := g.Backend.(Transferer); ok {
		return t.TransferLeadership(ctx, node)
	}
	return unsupported(CanTransfer)
}

func (g *guard) Compact(ctx context.Context) error {
	if c, ok := g.Backend.(Compacter); ok {
		return c.Compact(ctx)
	}
	return unsupported(CanCompact)
}

func (g *guard) AddLearner(ctx context.Context, m Peer, expected []string) error {
	if b, ok := g.Backend.(Membership); ok {
		return b.AddLearner(ctx, m, expected)
	}
	return unsupported(CanMembership)
}

func (g *guard) AddVoter(ctx context.Context, m Peer, expected []string) error {
	if b, ok := g.Backend.(Membership); ok {
		return b.AddVoter(ctx, m, expected)
	}
	return unsupported(CanMembership)
}

func (g *guard) Promote(ctx context.Context, node string, expected []string) error {
	if b, ok := g.Backend.(Membership); ok {
		return b.Promote(ctx, node, expected)
	}
	return unsupported(CanMembership)
}

func (g *guard) Remove(ctx context.Context, node string, expected []string) error {
	if b, ok := g.Backend.(Membership); ok {
		return b.Remove(ctx, node, expected)
	}
	return unsupported(CanMembership)
}

func (g *guard) ValidateConfig(options json.RawMessage) error {
	if v, ok := g.Backend.(ConfigValidator); ok {
		return v.ValidateConfig(options)
	}
	return nil
}

func unsupported(c Claim) error {
	return &Error{Reason: ReasonUnsupported, Outcome: NotAppended, Message: "the backend has no " + string(c)}
}
