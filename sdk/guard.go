package sdk

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// Identity is what Guard needs to know of the backend it stands before.
type Identity struct {
	Plugin     string // whose directory it is; never changes
	DataFormat uint32 // a directory of a newer one is refused
	Claims     Claims // nil: what the backend says of itself
}

// Guard returns b behind the duties for its data directory (R16): it holds
// LOCK from Open to Close, checks IDENTITY before b sees the directory, and
// fills in Config's Start, Logger, and the ids that the caller left out. A
// directory that is foreign, newer or half wiped is ReasonWrongData, one in use
// ReasonConflict. Before all that, b's ConfigValidator is asked if it has one.
//
// An absent or empty directory is made into one of ours, unless b is
// Replicated: then only InitDirectory makes one. One that has been opened and
// holds nothing but IDENTITY counts as wiped if b is Durable: such a backend
// leaves a file there in its first Open.
//
// The result has b's claims and abilities. It is a Lifetime too, which ends
// with b's if b has one, and at Close otherwise.
func Guard(b Backend, id Identity) Backend {
	if id.Claims == nil {
		id.Claims = Claimed(b)
	}
	return &guard{Backend: b, id: id, closed: make(chan struct{})}
}

// closeTimeout bounds the Close of a backend whose Open went well but whose
// directory couldn't be marked.
const closeTimeout = 10 * time.Second

type guard struct {
	Backend // Propose is its own
	id      Identity

	mu     sync.Mutex
	lock   *lock // from Open to Close
	closed chan struct{}
	once   sync.Once // closes closed
}

func (g *guard) Open(ctx context.Context, cfg Config, sm StateMachine) error {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if err := g.ValidateConfig(cfg.Options); err != nil {
		return err
	}
	if err := g.prepare(cfg); err != nil {
		return err
	}
	l, err := takeLock(cfg.DataDir)
	if err != nil {
		return err
	}
	if err := g.openLocked(ctx, cfg, sm); err != nil {
		return errors.Join(err, l.release())
	}
	g.mu.Lock()
	g.lock = l
	g.mu.Unlock()
	return nil
}

// prepare makes sure that there is a directory to lock.
func (g *guard) prepare(cfg Config) error {
	there, err := isDirectory(cfg.DataDir)
	if err != nil || there {
		return err
	}
	if cfg.Applied > 0 {
		return vanished(cfg)
	}
	if g.id.Claims.Has(Replicated) {
		return notInitialized(cfg.DataDir)
	}
	if err := makeDirectory(cfg.DataDir); err != nil {
		return notWritable(cfg.DataDir, err)
	}
	cfg.Logger.Info("created the data directory", "dir", cfg.DataDir)
	return nil
}

func (g *guard) openLocked(ctx context.Context, cfg Config, sm StateMachine) error {
	ident, err := g.identify(cfg)
	if err != nil {
		return err
	}
	ident.fill(&cfg)
	if err := g.Backend.Open(ctx, cfg, named{sm, cfg.ClusterID}); err != nil {
		return err
	}
	if ident.start() == StartRestart && ident.DataFormat == g.id.DataFormat {
		return nil
	}
	opened := ident
	opened.Start, opened.DataFormat = StartRestart.String(), g.id.DataFormat
	if err := opened.write(cfg.DataDir); err != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
		defer cancel()
		return errors.Join(err, g.Backend.Close(ctx))
	}
	return nil
}

// identify reads the directory's identity, or gives it one.
func (g *guard) identify(cfg Config) (identity, error) {
	ident, err := readIdentity(cfg.DataDir)
	if err != nil {
		return ident, err
	}
	used, err := holdsData(cfg.DataDir)
	if err != nil {
		return ident, err
	}
	switch {
	case !ident.isZero():
		if err := ident.check(cfg, g.id); err != nil {
			return ident, err
		}
		if !used && ident.start() == StartRestart && g.id.Claims.Has(Durable) {
			return ident, wrongData("%s has been wiped, only its IDENTITY is left: restore it from a backup, "+
				"or replace this member and start it on an empty directory", cfg.DataDir)
		}
		return ident, nil
	case used:
		return ident, wrongData("%s holds data but no IDENTITY, so it isn't known whose they are: "+
			"restore IDENTITY from a backup, or choose an empty directory", cfg.DataDir)
	case cfg.Applied > 0:
		return ident, vanished(cfg)
	case g.id.Claims.Has(Replicated):
		return ident, notInitialized(cfg.DataDir)
	}
	cfg.Start = StartNew
	ident, err = newIdentity(cfg, g.id)
	if err != nil {
		return ident, err
	}
	if err := ident.write(cfg.DataDir); err != nil {
		return ident, err
	}
	cfg.Logger.Info("made a new data directory", "dir", cfg.DataDir,
		"cluster", ident.ClusterID, "node", ident.NodeID)
	return ident, nil
}

// Close releases the directory once the backend has let go of it. One that
// didn't within ctx may still write, so that its lock stays until the process
// ends.
func (g *guard) Close(ctx context.Context) error {
	err := g.Backend.Close(ctx)
	if err != nil && ctx.Err() != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.lock != nil {
		err = errors.Join(err, g.lock.release())
		g.lock = nil
	}
	g.once.Do(func() { close(g.closed) })
	return err
}

// named is a state machine that hears whose data it is given.
type named struct {
	StateMachine
	clusterID string
}

func (n named) SetStatus(s Status) {
	s.ClusterID = n.clusterID
	n.StateMachine.SetStatus(s)
}
