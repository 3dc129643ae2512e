package trial

import (
	"github.com/chronik-stream/metalog/internal/links"
	"github.com/chronik-stream/metalog/sdk"
)

// inProcessNodes are the nodes of a replicated backend in this process. Each listens
// where the others dial it.
type inProcessNodes struct {
	inProcessWorld
	homes homes
}

func newInProcessNodes(w inProcessWorld, info sdk.Info, nodes []string) (World, error) {
	n := &inProcessNodes{inProcessWorld: w, homes: homes{dir: w.dir, id: identityOf(info)}}
	var voters []sdk.Peer
	for _, node := range nodes {
		peer, err := freePeer(node)
		if err != nil {
			return nil, err
		}
		voters = append(voters, peer)
	}
	return n, n.homes.found(voters)
}

func (n *inProcessNodes) Join(node string) (sdk.Peer, error) {
	peer, err := freePeer(node)
	if err != nil {
		return peer, err
	}
	return peer, n.homes.join(peer)
}

func freePeer(node string) (sdk.Peer, error) {
	address, err := links.Free()
	return sdk.Peer{NodeID: node, Address: address}, err
}
