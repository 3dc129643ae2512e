package trial

import (
	"context"
	"errors"

	"github.com/chronik-stream/metalog/sdk"
	"github.com/chronik-stream/metalog/sdk/inmem"
)

// Cluster is several backends in this process that replicate to each other. It
// outlives their sessions, and each of its nodes is opened with an
// sdk.Config.NodeID of its name.
type Cluster interface {
	Backend(node string) sdk.Backend
	Kill(node string)
	Partition(groups ...[]string)
	Heal()
}

// InProcessCluster judges a cluster within this process. open makes one with
// these voters.
func InProcessCluster(name string, open func(voters ...string) Cluster) Target {
	return inProcessCluster{name: name, open: open}
}

// InMem is the reference: everyone's fake, one node or several.
func InMem() Target {
	return InProcessCluster("inmem", func(voters ...string) Cluster { return inmem.NewCluster(voters...) })
}

type inProcessCluster struct {
	name string
	open func(voters ...string) Cluster
}

func (t inProcessCluster) Name() string { return t.name + " in process" }

func (t inProcessCluster) Info(context.Context) (sdk.Info, error) {
	b := t.open(NodeName(1)).Backend(NodeName(1))
	i, ok := b.(sdk.Informer)
	if !ok {
		return sdk.Info{}, errors.New("a backend of a cluster in process says what it is: it needs sdk.Informer")
	}
	return i.Info(), nil
}

func (t inProcessCluster) Offers(n Need) error {
	switch n {
	case NeedKill, NeedPartition, NeedLasting, NeedCluster:
		return nil
	case NeedProcess, NeedStrace:
		return errors.New("needs the plugin as a process of its own: judge the binary too")
	case NeedDirectory:
		return errors.New("a cluster in process has no data directories")
	}
	return errors.New("this target has no " + string(n))
}

func (t inProcessCluster) World(_ context.Context, _ string, nodes int) (World, error) {
	return &clusterWorld{Cluster: t.open(namesOf(nodes)...)}, nil
}

type clusterWorld struct{ Cluster }

func (w *clusterWorld) Config(node string) sdk.Config {
	return sdk.Config{ClusterID: clusterID, NodeID: node}
}

func (w *clusterWorld) Backend(_ context.Context, node string, _ Logs) (sdk.Backend, error) {
	return w.Cluster.Backend(node), nil
}

func (w *clusterWorld) Kill(node string) error {
	w.Cluster.Kill(node)
	return nil
}

func (w *clusterWorld) Partition(groups ...[]string) error {
	w.Cluster.Partition(groups...)
	return nil
}

func (w *clusterWorld) Heal() error {
	w.Cluster.Heal()
	return nil
}

// Join makes a node that has only a name.
func (w *clusterWorld) Join(node string) (sdk.Peer, error) { return sdk.Peer{NodeID: node}, nil }

func (w *clusterWorld) Close() error { return nil }
