package trial

import (
	"context"
	"errors"

	"github.com/chronik-stream/metalog/internal/links"
	"github.com/chronik-stream/metalog/sdk"
)

// binaryNodes are the nodes of a replicated backend, each a process, with a network
// between them that can be cut. Their directories know their addresses; what a
// session is told is only where to listen.
type binaryNodes struct {
	*binaryWorld
	homes homes
	net   *links.Net
}

func newBinaryNodes(w *binaryWorld, info sdk.Info, nodes []string) (World, error) {
	net, err := links.New(nodes...)
	if err != nil {
		return nil, err
	}
	b := &binaryNodes{binaryWorld: w, homes: homes{dir: w.dir, id: identityOf(info)}, net: net}
	var voters []sdk.Peer
	for _, node := range nodes {
		voters = append(voters, sdk.Peer{NodeID: node, Address: net.Addresses(node).Advertised})
	}
	if err := b.homes.found(voters); err != nil {
		return nil, errors.Join(err, net.Close())
	}
	return b, nil
}

func (b *binaryNodes) Config(node string) sdk.Config {
	cfg := b.binaryWorld.Config(node)
	cfg.Listen = b.net.Addresses(node).Listen
	return cfg
}

// Backend starts a process, which the network then knows.
func (b *binaryNodes) Backend(ctx context.Context, node string, log Logs) (sdk.Backend, error) {
	b.net.LogTo(log.Logger())
	backend, err := b.binaryWorld.Backend(ctx, node, log)
	if err == nil {
		b.net.SetPID(node, backend.(sdk.Informer).Info().PID)
	}
	return backend, err
}

func (b *binaryNodes) Join(node string) (sdk.Peer, error) {
	a, err := b.net.Join(node)
	if err != nil {
		return sdk.Peer{}, err
	}
	peer := sdk.Peer{NodeID: node, Address: a.Advertised}
	return peer, b.homes.join(peer)
}

func (b *binaryNodes) Partition(groups ...[]string) error { return Harness(b.net.Partition(groups...)) }

func (b *binaryNodes) Heal() error {
	b.net.Heal()
	return nil
}

func (b *binaryNodes) Close() error { return b.net.Close() }
