package trial

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/chronik-stream/metalog/sdk"
)

// homes are the data directories of a replicated backend's nodes. No session makes
// one, but an operator's init: so the world does, for each node before its first
// session, with what only the directory says from then on.
type homes struct {
	dir string
	id  sdk.Identity
	all []sdk.Peer // the nodes that have one
}

// found makes the directories of a new cluster.
func (h *homes) found(voters []sdk.Peer) error {
	for _, node := range voters {
		others := slices.DeleteFunc(slices.Clone(voters), func(p sdk.Peer) bool { return p == node })
		if err := h.settle(node, sdk.StartNew, others); err != nil {
			return err
		}
	}
	return nil
}

// join makes the directory of a node that the cluster is about to add.
func (h *homes) join(node sdk.Peer) error { return h.settle(node, sdk.StartJoin, h.all) }

func (h *homes) settle(node sdk.Peer, start sdk.Start, others []sdk.Peer) error {
	cfg := sdk.Config{
		ClusterID: clusterID, NodeID: node.NodeID, DataDir: h.path(node.NodeID), Start: start,
		Address: node.Address, Peers: others,
	}
	if err := sdk.InitDirectory(cfg, h.id); err != nil {
		return fmt.Errorf("making the directory of node %s: %w", node.NodeID, err)
	}
	h.all = append(h.all[:len(h.all):len(h.all)], node)
	return nil
}

func (h *homes) path(node string) string { return filepath.Join(h.dir, node) }

func identityOf(info sdk.Info) sdk.Identity {
	claims := info.Claims
	if claims == nil {
		claims = sdk.Claims{}
	}
	return sdk.Identity{Plugin: info.Name, DataFormat: info.DataFormat, Claims: claims}
}
