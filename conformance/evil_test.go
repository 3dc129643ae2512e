package conformance_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/inmem"
	"github.com/chronik-stream/metalog/sdk/plugin"
)

// children are the plugins of these tests: inmem as it is, and with one thing
// wrong.
var children = map[string]func(){
	"inmem": func() { plugin.Serve(single()) },
	"hangs in Propose": func() {
		plugin.Serve(spoilt(spoil{propose: func() { select {} }}))
	},
	"hangs in Close": func() {
		plugin.Serve(spoilt(spoil{close: func() { select {} }}))
	},
	"stops itself": func() {
		plugin.Serve(spoilt(spoil{propose: func() { _ = syscall.Kill(os.Getpid(), syscall.SIGSTOP) }}))
	},
	"prints records that aren't": func() {
		plugin.Serve(spoilt(spoil{propose: func() { fmt.Fprintln(os.Stderr, `{"@level":"info","@message":5}`) }}))
	},
	"prints too much": func() {
		plugin.Serve(spoilt(spoil{propose: func() { fmt.Fprint(os.Stderr, strings.Repeat("noise\n", 10)) }}))
	},
	"prints on stdout": func() {
		if os.Getenv(plugin.DeathFDEnv) != "" { // by hand it is right
			fmt.Println("starting up")
		}
		plugin.Serve(single())
	},
	"leaves a child": func() {
		plugin.Serve(spoilt(spoil{open: func(*sdk.Config, *sdk.StateMachine) {
			if err := exec.CommandContext(context.Background(), "sleep", "60").Start(); err != nil {
				panic(err)
			}
		}}))
	},
	"writes where it stands": func() {
		plugin.Serve(spoilt(spoil{open: func(*sdk.Config, *sdk.StateMachine) {
			if err := os.WriteFile("debris", nil, 0o600); err != nil {
				panic(err)
			}
		}}))
	},
	"is another by hand": func() {
		spec := single()
		if slices.Contains(os.Args, "describe") {
			spec.Claims = append(slices.Clone(spec.Claims), sdk.CanInspect)
		}
		plugin.Serve(spec)
	},
	"is silent by hand": func() {
		if os.Getenv(plugin.DeathFDEnv) == "" {
			return
		}
		plugin.Serve(single())
	},
	"panics by hand": func() {
		if slices.Contains(os.Args, "validate") {
			panic("a bug")
		}
		plugin.Serve(single())
	},
	"claims what it can't": func() {
		spec := single()
		spec.Claims = sdk.Claims{sdk.CanCompact, sdk.CanTransfer, sdk.CanTransfer, "teleport"}
		plugin.Serve(spec)
	},
	"takes any setting": func() {
		spec := single()
		spec.New = func() sdk.Backend { return heedless{inmem.New()} }
		plugin.Serve(spec)
	},
}

// spoil is what a spoilt backend does beside its work.
type spoil struct {
	open    func(*sdk.Config, *sdk.StateMachine)
	propose func()
	close   func()
}

// spoilt is inmem with something wrong.
func spoilt(s spoil) plugin.Spec {
	spec := single()
	spec.New = func() sdk.Backend { return &spoiltBackend{Backend: inmem.New().(*inmem.Backend), spoil: s} }
	return spec
}

type spoiltBackend struct {
	*inmem.Backend
	spoil spoil
}

func (b *spoiltBackend) Open(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine) error {
	if b.spoil.open != nil {
		b.spoil.open(&cfg, &sm)
	}
	return b.Backend.Open(ctx, cfg, sm)
}

func (b *spoiltBackend) Propose(ctx context.Context, data []byte) error {
	if b.spoil.propose != nil {
		b.spoil.propose()
	}
	return b.Backend.Propose(ctx, data)
}

func (b *spoiltBackend) Close(ctx context.Context) error {
	if b.spoil.close != nil {
		b.spoil.close()
	}
	return b.Backend.Close(ctx)
}

// heedless looks at no setting, and has no abilities.
type heedless struct{ sdk.Backend }

func (h heedless) Open(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine) error {
	cfg.Options = json.RawMessage(nil)
	return h.Backend.Open(ctx, cfg, sm)
}

// deaf gives Apply a context that never ends.
type deaf struct{ sdk.StateMachine }

func (d deaf) Apply(ctx context.Context, entries ...sdk.Entry) error {
	return d.StateMachine.Apply(context.WithoutCancel(ctx), entries...)
}

// leaderless keeps to itself who leads.
type leaderless struct{ sdk.StateMachine }

func (l leaderless) SetStatus(s sdk.Status) {
	s.Leader = ""
	l.StateMachine.SetStatus(s)
}

// hoard keeps files open for each session, some more than what else may be closed
// meanwhile in a process that other tests have used.
type hoard struct {
	mu    sync.Mutex
	files []*os.File
}

func (h *hoard) open(*sdk.Config, *sdk.StateMachine) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for range 4 {
		f, err := os.Open(os.DevNull)
		if err != nil {
			panic(err)
		}
		h.files = append(h.files, f)
	}
}

func (h *hoard) clear() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, f := range h.files {
		_ = f.Close()
	}
}
