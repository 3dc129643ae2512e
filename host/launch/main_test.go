package launch_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"github.com/chronik-stream/metalog/host/launch"
	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/inmem"
	"github.com/chronik-stream/metalog/sdk/plugin"
)

// The test binary is also every child of these tests: modeEnv says which.
const (
	modeEnv   = "METALOG_TEST_MODE"
	runDirEnv = "METALOG_TEST_RUN_DIR"
	dataEnv   = "METALOG_TEST_DATA"
)

func TestMain(m *testing.M) {
	if mode := os.Getenv(modeEnv); mode != "" {
		children[mode]()
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

var children = map[string]func(){
	"plain": func() { serve(quirky{}) },
	"host":  hostMain,
	"noisy stdout": func() {
		fmt.Println("starting up")
		fmt.Println(strings.Repeat("y", 100<<10))
		serve(quirky{onOpen: func(sdk.Config, sdk.StateMachine) error {
			for range 200 { // more than a pipe holds
				fmt.Println("printed later", strings.Repeat("z", 1<<10))
			}
			fmt.Println("printed last")
			return nil
		}})
	},
	"noisy stderr": func() {
		fmt.Fprintln(os.Stderr, `{"@level":"info","@message":5}`)
		fd2 := os.NewFile(2, "stderr")
		serve(quirky{onOpen: func(sdk.Config, sdk.StateMachine) error {
			for _, line := range []string{
				`{"@level":"info","@message":5}`,
				`{"@timestamp":[],"@level":{},"@message":"fields of any type"}`,
				`{"@level":"warn","@message":"low on space","free":17}`,
				"\x00\xff not text",
				"long " + strings.Repeat("x", 100<<10),
				`{"@message":`,
				"last line",
			} {
				fmt.Fprintln(fd2, line)
			}
			return nil
		}})
	},
	"grandchild":          func() { serve(quirky{onOpen: spawn(false)}) },
	"escaping grandchild": func() { serve(quirky{onOpen: spawn(true)}) },
	"panics on open": func() {
		serve(quirky{onOpen: func(sdk.Config, sdk.StateMachine) error {
			go panic("a bug of the plugin")
			select {}
		}})
	},
	"panics on propose": func() {
		serve(quirky{onPropose: func() { panic("a bug of the backend") }})
	},
	"won't close": func() {
		serve(quirky{onClose: func(context.Context) error { select {} }})
	},
	"tells where": func() {
		serve(quirky{onOpen: func(cfg sdk.Config, _ sdk.StateMachine) error {
			_, err := fmt.Fprintln(os.Stderr, "data in", cfg.DataDir)
			return err
		}})
	},
	"without certificates": func() {
		os.Unsetenv("PLUGIN_CLIENT_CERT")
		serve(quirky{})
	},
	"round trip": func() { serve(quirky{onOpen: roundTrip}) },
}

// quirky is the in-memory backend, with something wrong.
type quirky struct {
	*inmem.Backend
	onOpen    func(sdk.Config, sdk.StateMachine) error
	onClose   func(context.Context) error
	onPropose func()
}

func serve(q quirky) {
	newInmem := func() *inmem.Backend { return inmem.New().(*inmem.Backend) }
	info := newInmem().Info()
	plugin.Serve(plugin.Spec{
		Name: "quirky", Version: "1.2.3", DataFormat: 1, Claims: info.Claims,
		New: func() sdk.Backend {
			q := q
			q.Backend = newInmem()
			return &q
		},
	})
}

func (q *quirky) Propose(ctx context.Context, data []byte) error {
	if q.onPropose != nil {
		q.onPropose()
	}
	return q.Backend.Propose(ctx, data)
}

func (q *quirky) Open(ctx context.Context, cfg sdk.Config, sm sdk.StateMachine) error {
	if q.onOpen != nil {
		if err := q.onOpen(cfg, sm); err != nil {
			return err
		}
	}
	return q.Backend.Open(ctx, cfg, sm)
}

func (q *quirky) Close(ctx context.Context) error {
	if q.onClose != nil {
		return q.onClose(ctx)
	}
	return q.Backend.Close(ctx)
}

// spawn starts a process that holds the plugin's output for a minute, and
// prints its pid.
func spawn(escape bool) func(sdk.Config, sdk.StateMachine) error {
	return func(sdk.Config, sdk.StateMachine) error {
		cmd := exec.Command("sleep", "60")
		cmd.Stdout, cmd.Stderr = os.NewFile(1, "stdout"), os.NewFile(2, "stderr")
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: escape}
		if err := cmd.Start(); err != nil {
			return err
		}
		fmt.Fprintf(cmd.Stderr.(*os.File), "grandchild=%d\n", cmd.Process.Pid)
		return nil
	}
}

// roundTrip sends the host its own snapshot back.
func roundTrip(_ sdk.Config, sm sdk.StateMachine) error {
	ctx := context.Background()
	snap, err := sm.Snapshot(ctx)
	if err != nil {
		return err
	}
	var state bytes.Buffer
	_, err = snap.WriteTo(&state)
	snap.Release()
	if err != nil {
		return err
	}
	return sm.Restore(ctx, &state)
}

// hostMain is a host that starts a plugin, opens it if it has a directory for
// that, says its pid, and then waits to be killed.
func hostMain() {
	ctx := context.Background()
	b, err := launch.Plugin{
		Path: self(), Env: []string{modeEnv + "=plain"}, RunDir: os.Getenv(runDirEnv),
	}.Open(ctx)
	if dir := os.Getenv(dataEnv); err == nil && dir != "" {
		err = b.Open(ctx, config(dir), newMachine())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(b.(sdk.Informer).Info().PID)
	select {}
}

func self() string {
	path, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return path
}
