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
	"github.com/chronik-stream/metalog/internal/links"
	"github.com/chronik-stream/metalog/sdk"
)

// Binary judges a plugin as a host runs it: each session is a process. Options
// are the backend's own settings; nil: its defaults.
//
// One that claims to replicate gets nodes that reach each other, through a network
// that can be cut where the system tells who dials (Linux).
func Binary(p launch.Plugin, options json.RawMessage) Target {
	return binaryTarget{p, options, &description{}}
}

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
	*description
}

// description is what the plugin has said it is, once it was asked.
type description struct {
	mu   sync.Mutex
	info *sdk.Info
}

func (t binaryTarget) Plugin() launch.Plugin    { return t.plugin }
func (t binaryTarget) Options() json.RawMessage { return t.options }

func (t binaryTarget) Name() string {
	if t.plugin.Name != "" {
		return t.plugin.Name
	}
	return filepath.Base(t.plugin.Path)
}

func (t binaryTarget) Info(ctx context.Context) (sdk.Info, error) {
	info, err := t.plugin.Describe(ctx)
	if err == nil {
		t.mu.Lock()
		t.info = &info
		t.mu.Unlock()
	}
	return info, err
}

// known is what the plugin said last, without another process if there is an answer.
func (t binaryTarget) known(ctx context.Context) (sdk.Info, error) {
	t.mu.Lock()
	info := t.info
	t.mu.Unlock()
	if info != nil {
		return *info, nil
	}
	return t.Info(ctx)
}

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
		return t.offersNodes(n)
	}
	return fmt.Errorf("this target has no %s", n)
}

func (t binaryTarget) offersNodes(n Need) error {
	info, err := t.known(context.Background()) // within the time that a start may take
	switch {
	case err != nil:
		return fmt.Errorf("the plugin doesn't say what it is: %w", err)
	case !info.Claims.Has(sdk.Replicated):
		return errAlone
	case n == NeedPartition && links.CanPartition() != nil:
		return Unable("%v", links.CanPartition())
	}
	return nil
}

func (t binaryTarget) World(ctx context.Context, dir string, nodes int) (World, error) {
	info, err := t.known(ctx)
	if err != nil {
		return nil, err
	}
	w := &binaryWorld{target: t, dir: dir, pids: map[string]int{}}
	switch {
	case info.Claims.Has(sdk.Replicated):
		return newBinaryNodes(w, info, namesOf(nodes))
	case nodes > 1:
		return nil, errAlone
	}
	return w, nil
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

// processes is how cases reach what starts the nodes.
func (w *binaryWorld) processes() *binaryWorld { return w }

func (w *binaryWorld) Partition(...[]string) error { return Harness(errAlone) }
func (w *binaryWorld) Heal() error                 { return Harness(errAlone) }
func (w *binaryWorld) Close() error                { return nil }

// errAlone is why a backend that doesn't replicate has one node.
var errAlone = Unable("replicated isn't claimed: one node is all there is")
