package trial

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/chronik-stream/metalog/host/launch"
	"github.com/chronik-stream/metalog/sdk"
)

// Binary judges a plugin as a host runs it: each session is a process. Options
// are the backend's own settings; nil: its defaults.
func Binary(p launch.Plugin, options json.RawMessage) Target { return binaryTarget{p, options} }

// BinaryTarget is a Target that is a file.
type BinaryTarget interface {
	Target
	// Plugin is how it is started; the caller may change what it got.
	Plugin() launch.Plugin
	// Options are the backend's own settings.
	Options() json.RawMessage
}

type binaryTarget struct {
	plugin  launch.Plugin
	options json.RawMessage
}

func (t binaryTarget) Plugin() launch.Plugin    { return t.plugin }
func (t binaryTarget) Options() json.RawMessage { return t.options }

func (t binaryTarget) Name() string {
	if t.plugin.Name != "" {
		return t.plugin.Name
	}
	return filepath.Base(t.plugin.Path)
}

func (t binaryTarget) Info(ctx context.Context) (sdk.Info, error) { return t.plugin.Describe(ctx) }

func (t binaryTarget) Offers(n Need) error {
	switch n {
	case NeedProcess, NeedKill, NeedDirectory:
		return nil
	case NeedLasting:
		return errForgets
	case NeedStrace:
		if _, err := exec.LookPath("strace"); err != nil {
			return Unable("strace isn't installed")
		}
		return nil
	case NeedPartition, NeedCluster:
		return errors.New("several processes need addresses for their peers, and no plugin takes any yet")
	}
	return fmt.Errorf("this target has no %s", n)
}

func (t binaryTarget) World(_ context.Context, dir string, nodes int) (World, error) {
	if nodes > 1 {
		return nil, errors.New("several processes need addresses for their peers, and no built-in plugin has any yet")
	}
	return &binaryWorld{target: t, dir: dir, pids: map[string]int{}}, nil
}

type binaryWorld struct {
	target binaryTarget
	dir    string

	mu   sync.Mutex
	pids map[string]int // of the newest session
}

func (w *binaryWorld) Config(node string) sdk.Config {
	return sdk.Config{ClusterID: clusterID, NodeID: node, DataDir: filepath.Join(w.dir, node), Options: w.target.options}
}

func (w *binaryWorld) Backend(ctx context.Context, node string, log Logs) (sdk.Backend, error) {
	p := w.target.plugin
	p.Logger = log.Logger()
	b, err := p.Open(ctx)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pids[node] = b.(sdk.Informer).Info().PID
	return b, nil
}

func (w *binaryWorld) Kill(node string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	err := syscall.Kill(w.pids[node], syscall.SIGKILL)
	if errors.Is(err, syscall.ESRCH) {
		return nil // it has ended already, which its session knows
	}
	return Harness(err)
}

func (w *binaryWorld) Partition(...[]string) error { return errNoProxy }
func (w *binaryWorld) Heal() error                 { return errNoProxy }
func (w *binaryWorld) Close() error                { return nil }

var errNoProxy = Harness(errors.New("no proxy between the peers of processes yet"))
