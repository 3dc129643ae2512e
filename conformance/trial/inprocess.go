package trial

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/plugin"
)

// InProcess judges a backend within this process, where the race detector and a
// debugger see it. Spec is what its main gives to plugin.Serve; the duties for
// the directory are sdk.Guard's, as they are there.
//
// What needs a process of its own can't be judged this way: a claim is
// conformant only when the binary is. A backend that claims to replicate gets
// several nodes, which reach each other on loopback.
func InProcess(spec plugin.Spec) Target { return inProcess{spec} }

type inProcess struct{ spec plugin.Spec }

func (t inProcess) Name() string { return t.spec.Name + " in process" }

func (t inProcess) Info(context.Context) (sdk.Info, error) {
	return sdk.Info{
		Name: t.spec.Name, Version: t.spec.Version, ProtocolMinor: plugin.ProtocolMinor,
		DataFormat: t.spec.DataFormat, Claims: t.spec.Claims,
	}, nil
}

func (t inProcess) Offers(n Need) error {
	switch n {
	case NeedDirectory:
		return nil
	case NeedLasting:
		return errForgets
	case NeedProcess, NeedKill, NeedStrace:
		return errors.New("needs the plugin as a process of its own: judge the binary too")
	case NeedCluster:
		if !t.spec.Claims.Has(sdk.Replicated) {
			return errAlone
		}
		return nil
	case NeedPartition:
		return errors.New("nodes of one process can't be told apart by who dials: judge the cluster as binaries, or with InProcessCluster")
	}
	return fmt.Errorf("this target has no %s", n)
}

func (t inProcess) World(ctx context.Context, dir string, nodes int) (World, error) {
	w := inProcessWorld{spec: t.spec, dir: dir}
	if t.spec.Claims.Has(sdk.Replicated) {
		info, err := t.Info(ctx)
		if err != nil {
			return nil, err
		}
		return newInProcessNodes(w, info, namesOf(nodes))
	}
	if nodes > 1 {
		return nil, errAlone
	}
	return w, nil
}

type inProcessWorld struct {
	spec plugin.Spec
	dir  string
}

func (w inProcessWorld) Config(node string) sdk.Config {
	return sdk.Config{ClusterID: clusterID, NodeID: node, DataDir: filepath.Join(w.dir, node)}
}

func (w inProcessWorld) Backend(context.Context, string, Logs) (sdk.Backend, error) {
	return sdk.Guard(w.spec.New(), identityOf(sdk.Info{Name: w.spec.Name, DataFormat: w.spec.DataFormat, Claims: w.spec.Claims})), nil
}

func (w inProcessWorld) Kill(string) error           { return errInProcess }
func (w inProcessWorld) Partition(...[]string) error { return errInProcess }
func (w inProcessWorld) Heal() error                 { return errInProcess }
func (w inProcessWorld) Close() error                { return nil }

// errForgets excuses what isn't durable from what needs its data again.
var errForgets = Unable("durable isn't claimed: it may keep nothing between sessions")

var errInProcess = Harness(errors.New("a backend in process can't be killed or cut off"))
